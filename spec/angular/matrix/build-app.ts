import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { build, type BuildOptions } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Compiles an application ahead of time, as signal inputs need it. Returns where its modules are.
 *
 * @param folder - one of this folder
 * @param sources - or where else it is, from the project's root
 */
export function compileApp(folder: string, sources = `spec/angular/matrix/${folder}`): string {
  const ngc = `${root}node_modules/@angular/compiler-cli/bundles/src/bin/ngc.js`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [ngc, '-p', root + sources], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
  return `${root}reports/${folder}`;
}

/** Bundles a module of it with Angular 22, and returns where the bundle is. */
export async function bundleApp(entry: string, options: BuildOptions): Promise<string> {
  const outfile = entry.replace(/\.js$/, '.bundle.mjs');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { 'sluice/angular': `${root}dist/angular/index.js` },
    plugins: [{
      name: 'angular-22',
      // Installed in one place only: there must not be two of them.
      setup({ onResolve, resolve }): void {
        onResolve({ filter: /^(@angular|rxjs|zone\.js)(\/|$)/ }, async ({ path, kind, pluginData }) =>
          pluginData === 'resolved' ? undefined : resolve(path, { kind, resolveDir: `${root}spec/angular/matrix/22`, pluginData: 'resolved' }));
      },
    }],
    ...options,
  });
  return outfile;
}

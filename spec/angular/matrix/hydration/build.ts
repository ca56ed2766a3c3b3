import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const out = `${root}reports/hydration`;

/** Compiles the application, and bundles it for the browser and for the server. Returns where they are. */
export async function buildApp(): Promise<{ browser: string; server: string }> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}node_modules/@angular/compiler-cli/bundles/src/bin/ngc.js`, '-p', `${root}spec/angular/matrix/hydration`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
  const shared = {
    bundle: true,
    format: 'esm' as const,
    target: 'es2022',
    nodePaths: [`${root}spec/angular/matrix/22/node_modules`],
    alias: { 'sluice/angular': `${root}dist/angular/index.js` },
    plugins: [{
      name: 'angular-22',
      // Installed in one place only: there must not be two of them.
      setup({ onResolve, resolve }: import('esbuild').PluginBuild): void {
        onResolve({ filter: /^(@angular|rxjs)(\/|$)/ }, async ({ path, kind, pluginData }) =>
          pluginData === 'resolved' ? undefined : resolve(path, { kind, resolveDir: `${root}spec/angular/matrix/22`, pluginData: 'resolved' }));
      },
    }],
  };
  const browser = `${out}/bundle/browser.js`;
  const server = `${out}/bundle/server.mjs`;
  await build({ ...shared, entryPoints: [`${out}/browser.js`], outfile: browser, platform: 'browser', define: { ngServerMode: 'false', 'process.env.NODE_ENV': '"production"' } });
  await build({
    ...shared, entryPoints: [`${out}/server.js`], outfile: server, platform: 'node', define: { ngServerMode: 'true' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return { browser, server };
}

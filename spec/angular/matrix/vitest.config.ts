import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The specs, against the built package, on each version of Angular, with zone.js and without. */
const projects = ['20', '21', '22'].flatMap((version) => ['zone', 'zoneless'].flatMap((zones): TestProjectConfiguration[] => {
  const shared = {
    root,
    plugins: [{
      name: `angular-${version}`,
      enforce: 'pre' as const,
      // As if everything were installed beside that version.
      async resolveId(this: { resolve: (id: string, importer: string, options: object) => unknown }, id: string): Promise<any> {
        if (!/^(@angular|rxjs|zone\.js)(\/|$)/.test(id)) return null;
        return this.resolve(id, `${root}spec/angular/matrix/${version}/package.json`, { skipSelf: true });
      },
    }],
    resolve: {
      alias: ['', '/angular', '/angular/testing'].map((entry) => ({ find: new RegExp(`^sluice${entry}$`), replacement: `${root}dist${entry}/index.js` })),
    },
    oxc: { decorator: { legacy: true } },
  };
  const test = { pool: 'forks' as const, isolate: false, testTimeout: 60_000 };
  return [
    {
      ...shared,
      test: {
        ...test,
        name: `angular-${version}-${zones}`,
        include: ['spec/angular/*.spec.ts'],
        exclude: ['**/*.internal.spec.ts'],
        environment: 'jsdom',
        setupFiles: [`spec/angular/support/${zones}.ts`],
      },
    },
    {
      ...shared,
      test: { ...test, name: `angular-${version}-${zones}-server`, include: [`spec/angular/matrix/${version === '22' && zones === 'zoneless' ? '*' : 'ssr'}.spec.ts`], setupFiles: [`spec/angular/support/server-${zones}.ts`] },
    },
  ];
}));

export default defineConfig({ root, test: { projects } });

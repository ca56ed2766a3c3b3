import { readFileSync, rmSync } from 'node:fs';
import typescript from '@rollup/plugin-typescript';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

// The entry points are listed in one place: package.json's `exports`.
// A worker file that is only reached through `new URL('./w.js', import.meta.url)` is an entry too: add it here.
const entries = Object.values(manifest.exports)
  .flatMap(target => target.default ?? [])
  .map(file => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));

const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

export default {
  input: entries,
  // Subpaths as well: rxjs/ajax is as external as rxjs.
  external: id => id.startsWith('node:') || packages.some(name => id === name || id.startsWith(`${name}/`)),
  // As package.json says with `sideEffects`. Otherwise modules are left with imports such as `import 'immer'`,
  // of which they need nothing and of which bundlers warn.
  treeshake: { moduleSideEffects: false },
  plugins: [
    {
      name: 'clean',
      // Modules that were renamed or removed must not be published from an earlier build.
      buildStart: () => rmSync('dist', { recursive: true, force: true }),
    },
    typescript({ tsconfig: 'tsconfig.build.json', noEmitOnError: true }),
  ],
  output: {
    dir: 'dist',
    format: 'es',
    // One file a module: a hashed chunk would move `new URL('./w.js', import.meta.url)` away from its worker.
    preserveModules: true,
    preserveModulesRoot: 'src',
    // A module imports what it needs itself. More would make bundlers warn of imports without effect.
    hoistTransitiveImports: false,
    sourcemap: true,
  },
  // A warning (an unresolved import, a cycle) is a broken package.
  onLog(level, log, handler) {
    handler(level === 'warn' ? 'error' : level, log);
  },
};

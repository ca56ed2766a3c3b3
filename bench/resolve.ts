// What the names `sluice` and `rxjs` stand for in a measurement; see the options of main.ts. `sluice` is
// dist, which cannot be found by its name from here: this is a package of its own.
import { registerHooks } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const sluice = pathToFileURL(process.env['BENCH_SLUICE'] ?? fileURLToPath(new URL('../dist/index.js', import.meta.url))).href;
const es2015 = process.env['BENCH_RXJS'] === 'es2015';
const rxjs = new URL('../node_modules/rxjs/dist/esm/', import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'sluice') return { url: sluice, shortCircuit: true };
    if (es2015 && specifier === 'rxjs') return module(new URL('index.js', rxjs));
    // RxJS's ES2015 build is made for bundlers: its files import each other without an ending.
    if (es2015 && context.parentURL?.startsWith(rxjs.href) === true && specifier.startsWith('.')) {
      const file = new URL(`${specifier}.js`, context.parentURL);
      return module(existsSync(file) ? file : new URL(`${specifier}/index.js`, context.parentURL));
    }
    return next(specifier, context);
  },
});

function module(url: URL): { url: string; format: string; shortCircuit: true } {
  return { url: url.href, format: 'module', shortCircuit: true };
}

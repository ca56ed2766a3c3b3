// Bundles the page, and its worker beside it, as `new URL('./paint.worker.js', import.meta.url)` wants it.
import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

await build({
  entryPoints: [here('main.ts'), here('paint.worker.ts')],
  outdir: here('dist'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
});
for (const file of ['index.html', 'styles.css']) await copyFile(here(file), here(`dist/${file}`));

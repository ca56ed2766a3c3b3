// Runs before `npm start`: the examples import the package by its name, and so from dist.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const changed = file => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

// Folders count as well: their time tells when a file was removed.
const inputs = readdirSync(join(root, 'src'), { recursive: true }).map(file => join('src', file));
inputs.push('src', 'package.json', 'package-lock.json', 'rollup.config.mjs', 'tsconfig.json', 'tsconfig.build.json');

const built = changed('dist/index.js');
if (inputs.some(file => changed(file) > built)) {
  console.log(built ? 'dist is out of date: npm run build' : 'dist is missing: npm run build');
  const { status, error } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`The build could not be started: ${error.message}`);
  process.exitCode = status ?? 1;
}

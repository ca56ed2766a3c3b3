// Runs before the gallery is started or tested: builds the app from the built package, unless that is done already.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const gallery = join(root, 'docs/examples/gallery');
const changed = file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const inputs = readdirSync(join(gallery, 'app'), { recursive: true }).map(file => join(gallery, 'app', file));
inputs.push(...['app', 'angular.json', 'package.json', 'tsconfig.app.json'].map(file => join(gallery, file)), join(root, 'dist/index.js'));

const built = changed(join(gallery, 'dist/browser/index.html'));
if (inputs.some(file => changed(file) > built)) {
  console.log(built ? 'The gallery is out of date: ng build' : 'The gallery is not built yet: ng build');
  const { status, error } = spawnSync('npm', ['run', '--silent', 'build', '--workspace', 'docs/examples/gallery'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, NG_CLI_ANALYTICS: 'false' },
  });
  if (error) console.error(`The build could not be started: ${error.message}`);
  process.exitCode = status ?? 1;
}

// Runs before the specs on each version of Angular: installs what the lock files beside them say, unless that is done already.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../spec/angular/matrix/', import.meta.url));
const changed = file => statSync(root + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

for (const version of ['20', '21', '22']) {
  const installed = changed(`${version}/node_modules/.package-lock.json`);
  if (installed && installed >= changed(`${version}/package-lock.json`)) continue;
  console.log(`Angular ${version}: npm ci`);
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root + version,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`npm ci could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

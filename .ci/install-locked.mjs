// Installs what the lock file in a folder says, unless that is done already.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

export function installLocked(folder, title) {
  const changed = file => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const installed = changed('node_modules/.package-lock.json');
  if (installed && installed >= changed('package-lock.json')) return;
  console.log(`${title}: npm ci`);
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`npm ci could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

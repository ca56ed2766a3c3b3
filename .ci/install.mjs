// Runs before `npm start` and `npm test`: installs what package-lock.json says unless that is done already.
// Has to run on any Node from 18 on, before anything is installed.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const changed = file => statSync(root + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// npm writes its own copy of the lock when an install is complete.
const installed = changed('node_modules/.package-lock.json');
// The pinned Node is put there by an install script, which `npm ci --ignore-scripts` leaves out.
const pinned = changed('node_modules/node/bin/node');

if (!installed || !pinned || installed < changed('package-lock.json')) {
  console.log(installed ? 'node_modules is out of date: npm ci' : 'node_modules is missing: npm ci');
  // Quiet, for npm would say in a hundred lines that the tools need a newer Node than its own: they get the pinned one.
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`npm ci could not be started: ${error.message}`);
  process.exitCode = status ?? 1;
}

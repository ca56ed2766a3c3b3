// Runs before the benchmark: installs what package-lock.json says unless that is done already.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const changed = file => statSync(here + file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// npm writes its own copy of the lock when an install is complete.
if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  console.log('The peers are missing or out of date: npm ci');
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(`npm ci could not be started: ${error.message}`);
  process.exitCode = status ?? 1;
}

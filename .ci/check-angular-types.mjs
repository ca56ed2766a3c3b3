// The types of the specs on other versions of Angular, and of the built package with each of them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const matrix = fileURLToPath(new URL('../spec/angular/matrix/', import.meta.url));

for (const project of ['.', '20', '21', '22']) {
  const { status } = spawnSync('tsc', ['-p', matrix + project], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exitCode = 1;
}

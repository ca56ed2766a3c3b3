import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

const fromSource = process.env['SLUICE_DIST'] === '1' ? [] : ['--import', new URL('../examples/sluice-from-source.ts', import.meta.url).href];

it('a process that has used a pool ends by itself, though the pool is never closed, once its calls have ended', async () => {
  const child = spawn(process.execPath, [...fromSource, fileURLToPath(new URL('./support/uses-a-pool.ts', import.meta.url))], { stdio: 'pipe' });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => { printed += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { printed += chunk.toString(); });
  const code = await new Promise((resolve) => { child.on('close', resolve); });
  expect([printed, code]).toEqual(['7 3\n', 0]);
});

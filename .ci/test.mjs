// What `npm test` runs. `npm test -- --only specs,size` runs some of it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'reports');

// Each step is an npm script. Those of vitest are counted test by test, the others as one each.
const steps = [
  { name: 'typecheck', title: 'Type check' },
  { name: 'lint', title: 'Lint' },
  { name: 'imports', title: 'Import directions' },
  { name: 'specs', title: 'Specs, with coverage', script: 'coverage', vitest: true },
  { name: 'browser', title: 'Specs in a browser', vitest: true },
  { name: 'types', title: 'Type tests', vitest: true },
  { name: 'build', title: 'Build' },
  { name: 'publint', title: 'Package: publint' },
  { name: 'attw', title: 'Package: are the types wrong?' },
  { name: 'bundle', title: 'Specs against the built bundle', vitest: true },
  { name: 'size', title: 'Size of each entry' },
];

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const only = values.only?.flatMap(list => list.split(','));
const unknown = only?.filter(name => !steps.some(step => step.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`--only: no step ${unknown.join(', ')}. Steps: ${steps.map(step => step.name).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

for (const { name, title, script = name, vitest } of steps) {
  if (only && !only.includes(name)) continue;
  console.log(`\n━━ ${title} (npm run ${script})\n`);

  const report = join(reports, `${name}.json`);
  // A report of an earlier run must not count for one that crashes.
  rmSync(report, { force: true });
  const args = vitest
    ? ['--', '--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    : [];
  const ok = run(script, args);

  const count = vitest ? countTests(report) : { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  if (vitest && count.passed + count.failed === 0) console.error(`\n${title}: no test was executed`);
  // Counts say nothing of a missed coverage threshold, a file that does not load, an unhandled rejection or a crash.
  if (count.failed === 0 && (!ok || count.passed === 0)) count.failed = 1;

  if (count.failed > 0) failures.push(title);
  for (const key of Object.keys(total)) total[key] += count[key];
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = failures.length > 0 ? 1 : 0;

function run(script, args) {
  // npm puts the pinned Node first in PATH.
  const { status, error } = spawnSync('npm', ['run', '--silent', script, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  return status === 0;
}

function countTests(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

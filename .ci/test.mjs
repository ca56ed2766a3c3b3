// What `npm test` runs. `npm test -- --only specs,size` runs some of it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'reports');

// Each step is an npm script. Those of vitest and Playwright are counted test by test, the others as one each.
const steps = [
  { name: 'typecheck', title: 'Type check' },
  { name: 'lint', title: 'Lint' },
  { name: 'imports', title: 'Import directions' },
  { name: 'specs', title: 'Specs, with coverage', script: 'coverage', runner: 'vitest' },
  { name: 'browser', title: 'Specs in a browser', runner: 'vitest' },
  { name: 'types', title: 'Type tests', runner: 'vitest' },
  { name: 'build', title: 'Build' },
  { name: 'publint', title: 'Package: publint' },
  { name: 'attw', title: 'Package: are the types wrong?' },
  { name: 'compilers', title: 'Package: its types in TypeScript 5.4, 5.9 and 6.0' },
  { name: 'bundle', title: 'Specs against the built bundle', runner: 'vitest' },
  { name: 'angular', title: 'Specs on Angular 20, 21 and 22', runner: 'vitest' },
  { name: 'size', title: 'Size of each entry' },
  { name: 'gallery', title: 'The gallery in Chromium', script: 'gallery:test', runner: 'playwright' },
  { name: 'mandelbrot', title: 'The Mandelbrot page in Chromium', script: 'mandelbrot:test', runner: 'playwright' },
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

for (const { name, title, script = name, runner } of steps) {
  if (only && !only.includes(name)) continue;
  console.log(`\n━━ ${title} (npm run ${script})\n`);

  const report = join(reports, `${name}.json`);
  // A report of an earlier run must not count for one that crashes.
  rmSync(report, { force: true });
  const args = {
    vitest: ['--', '--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    playwright: ['--', '--reporter=list,json'],
  };
  const ok = run(script, args[runner] ?? [], { PLAYWRIGHT_JSON_OUTPUT_FILE: report });

  const count = runner ? countTests(report) : { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  if (runner && count.passed + count.failed === 0) console.error(`\n${title}: no test was executed`);
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

function run(script, args, env) {
  // npm puts the pinned Node first in PATH.
  const { status, error } = spawnSync('npm', ['run', '--silent', script, ...args], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  });
  if (error) console.error(error.message);
  return status === 0;
}

function countTests(report) {
  try {
    const { stats, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    // Playwright's. A flaky test is one that failed.
    if (stats) return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

// npm run reference -- FILE
import { readFileSync } from 'node:fs';

import { report } from './report.ts';
import { parseScenarios, type Scenario } from './scenario.ts';

const file = process.argv[2] ?? new URL('traces.json', import.meta.url);

let scenarios: readonly Scenario[] = [];
try {
  scenarios = parseScenarios(readFileSync(file, 'utf8'));
} catch (error) {
  console.error(`${String(file)} cannot be read: ${(error as Error).message}`);
  process.exit(2);
}

const { lines, failed } = await report(scenarios);
console.log(lines.join('\n'));
if (failed > 0) process.exitCode = 1;

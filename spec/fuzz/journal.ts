/** What was done, for people to read, and what was found wrong. */
export class Journal {
  /** Collected, as a throw in a callback would be swallowed. */
  readonly faults: string[] = [];
  readonly lines: string[] = [];
  /** Operations carried out, those of listeners and functions included. */
  operations = 0;
  /** How many operations are under way, one within the other. */
  depth = 0;
  /** Goes up with whatever happens, to tell a manager that is stuck. */
  activity = 0;

  write(line: string): void {
    this.activity++;
    this.lines.push(`${'  '.repeat(this.depth)}${line}`);
  }

  fault(text: string): void {
    this.faults.push(text);
    this.write(`FAULT: ${text}`);
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    if (!Object.is(actual, expected)) this.fault(`${what} is ${String(actual)}, not ${String(expected)}`);
  }
}

import { writeFile } from 'node:fs/promises';

import { CensusError } from './census-error.ts';
import { formatReport } from './format-report.ts';
import { HELP, readOptions } from './options.ts';
import { takeCensus } from './take-census.ts';

/** What the program sees of its process. */
export interface Surroundings {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  /** Aborted when the user has had enough: what is done so far is reported. */
  readonly signal: AbortSignal;
}

/** The whole program, as a function from its arguments to its exit code. */
export async function runCensus(args: readonly string[], { stdout, stderr, signal }: Surroundings): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      stdout.write(HELP);
      return 0;
    }
    const census = await takeCensus(options, stdout, signal);
    if (options.progress) stdout.write('\n');
    stdout.write(formatReport(census));
    await write(options.output, JSON.stringify(census, null, 2) + '\n');
    stdout.write(`\nWritten to ${options.output}\n`);
    return signal.aborted ? 130 : 0;
  } catch (error) {
    if (!(error instanceof CensusError)) throw error;
    stderr.write(`census: ${error.message}\n`);
    return error.exitCode;
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw CensusError.because(`${path} cannot be written`, error);
  }
}

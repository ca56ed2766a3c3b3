import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { CensusError, messageOf } from './census-error.ts';

export interface Options {
  readonly folder: string;
  readonly concurrency: number;
  /** How many threads hash files; 0 for none but the main one. */
  readonly threads: number;
  readonly output: string;
  readonly progress: boolean;
  readonly help: boolean;
}

export const HELP = `A census of a folder of npm packages: sizes, versions, equal files, licences.

  npm start -- [FOLDER] [OPTIONS]

  FOLDER                   a node_modules folder (default: this project's own)
  -c, --concurrency N      how many tasks run at once (default: 8)
  -t, --threads N          how many threads hash files, 0 for the main one (default: as many as there are cores)
  -o, --output FILE        where the result goes as JSON (default: census.json)
      --no-progress        only the report
  -h, --help               this text

Ctrl-C ends it with a report of what has been counted so far.
`;

const OWN_PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** @throws CensusError for arguments it does not understand */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [folder = OWN_PACKAGES, another] = positionals;
  if (another !== undefined) throw wrongUsage(`One folder at a time, and ${folder} is one already: what is ${another}?`);
  return {
    folder: resolve(folder),
    concurrency: toNumber('concurrency', values.concurrency, 1),
    threads: toNumber('threads', values.threads, 0),
    output: values.output,
    progress: values.progress,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        concurrency: { type: 'string', short: 'c', default: '8' },
        threads: { type: 'string', short: 't', default: String(availableParallelism()) },
        output: { type: 'string', short: 'o', default: 'census.json' },
        progress: { type: 'boolean', default: true },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw wrongUsage(messageOf(error));
  }
}

function toNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && text.trim() !== '') return number;
  throw wrongUsage(`--${option} must be a whole number from ${String(least)} up, but is "${text}".`);
}

function wrongUsage(message: string): CensusError {
  return new CensusError(`${message}\n--help tells what there is.`, 2);
}

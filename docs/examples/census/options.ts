import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { CensusError, messageOf } from './census-error.ts';

export interface Options {
  readonly folder: string;
  readonly concurrency: number;
  readonly output: string;
  readonly progress: boolean;
  readonly help: boolean;
}

export const HELP = `A census of a folder of npm packages: sizes, versions, equal files, licences.

  npm start -- [FOLDER] [OPTIONS]

  FOLDER                   a node_modules folder (default: this project's own)
  -c, --concurrency N      how many tasks run at once (default: 8)
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
    concurrency: toConcurrency(values.concurrency),
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
        output: { type: 'string', short: 'o', default: 'census.json' },
        progress: { type: 'boolean', default: true },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw wrongUsage(messageOf(error));
  }
}

function toConcurrency(text: string): number {
  const concurrency = Number(text);
  if (Number.isSafeInteger(concurrency) && concurrency > 0) return concurrency;
  throw wrongUsage(`--concurrency must be a whole number from 1 up, but is "${text}".`);
}

function wrongUsage(message: string): CensusError {
  return new CensusError(`${message}\n--help tells what there is.`, 2);
}

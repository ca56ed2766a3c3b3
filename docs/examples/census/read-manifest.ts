import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { TaskContext } from 'sluice';

import { messageOf } from './census-error.ts';
import { licenceOf } from './licence.ts';

export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly licence: string;
  readonly dependencies: readonly string[];
}

/** What package.json tells of a package. */
export async function readManifest(
  { folder }: { readonly folder: string },
  { signal }: Pick<TaskContext, 'signal'>,
): Promise<Manifest> {
  const json = parse(await read(join(folder, 'package.json'), signal));
  return {
    name: textOf(json['name']),
    version: textOf(json['version']),
    licence: licenceOf(json),
    dependencies: DEPENDENCIES.flatMap((kind) => Object.keys(json[kind] ?? {})),
  };
}

const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

async function read(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('has no package.json', { cause: error });
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, '')); // npm takes a byte order mark, too
  } catch (error) {
    throw new Error(`package.json is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('package.json is not a JSON object');
  return json as Record<string, unknown>;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

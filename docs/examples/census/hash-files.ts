import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Observable } from 'rxjs';
import type { TaskContext } from 'sluice';

import type { MeasuredFile } from './list-files.ts';

export interface HashedFile extends MeasuredFile {
  /** SHA-256, in hexadecimal digits. */
  readonly hash: string;
}

interface HashInput {
  readonly folder: string;
  readonly files: readonly MeasuredFile[];
}

/** `hashFiles`, wherever it runs: here, or in the threads of a pool. */
export type HashFiles = (input: HashInput, context: Pick<TaskContext, 'signal' | 'progress'>) => Promise<readonly HashedFile[]> | Observable<readonly HashedFile[]>;

/** Reads each of these files and says which content it has. Tells how far it is after each one. */
export async function hashFiles(
  { folder, files }: HashInput,
  { signal, progress }: Pick<TaskContext, 'signal' | 'progress'>,
): Promise<readonly HashedFile[]> {
  const hashed: HashedFile[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, file.path)), hash, { signal });
    hashed.push({ ...file, hash: hash.digest('hex') });
    progress({ done: hashed.length, total: files.length, message: file.path });
  }
  return hashed;
}

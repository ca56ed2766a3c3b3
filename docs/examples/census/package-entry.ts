import type { FoundPackage } from './find-packages.ts';
import type { HashedFile } from './hash-files.ts';
import { NO_LICENCE } from './licence.ts';
import type { MeasuredFile } from './list-files.ts';
import type { Outcome } from './outcome.ts';
import type { Manifest } from './read-manifest.ts';
import { sum } from './sum.ts';

/** All that is known of one package. */
export interface PackageEntry {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly direct: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Its files, as far as they could be read. */
  readonly contents: readonly HashedFile[];
  readonly problems: readonly string[];
}

interface Findings {
  readonly found: FoundPackage;
  readonly manifest: Outcome<Manifest>;
  readonly files: Outcome<readonly MeasuredFile[]>;
  readonly hashes: Outcome<readonly HashedFile[]>;
}

/** Puts together what the tasks of a package have found out; what is missing is said in `problems`. */
export function toEntry({ found: { path, name, direct }, manifest, files, hashes }: Findings): PackageEntry {
  const measured = files.value ?? [];
  return {
    path,
    name: manifest.value?.name ?? name,
    version: manifest.value?.version ?? '(unknown)',
    licence: manifest.value?.licence ?? NO_LICENCE,
    direct,
    files: measured.length,
    bytes: sum(measured, ({ bytes }) => bytes),
    contents: hashes.value ?? [],
    // Without files there are no hashes either, and for the same reason.
    problems: [manifest.problem, files.problem ?? hashes.problem].filter((problem) => problem !== undefined),
  };
}

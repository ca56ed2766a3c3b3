import { groupBy } from './group-by.ts';
import type { PackageEntry } from './package-entry.ts';
import { type SameContent, sameContents } from './same-contents.ts';
import { type SeveralVersions, severalVersions } from './several-versions.ts';
import { sum } from './sum.ts';

/** The result: what is printed in short, and written to census.json in full. */
export interface Census {
  readonly folder: string;
  /** False when it was interrupted: then only `counted` of the `found` packages are in it. */
  readonly complete: boolean;
  readonly found: number;
  readonly counted: number;
  readonly files: number;
  readonly bytes: number;
  /** How many packages have which licence, the most frequent first. */
  readonly licences: Readonly<Record<string, number>>;
  readonly severalVersions: readonly SeveralVersions[];
  readonly sameContents: readonly SameContent[];
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
  /** The largest first. */
  readonly packages: readonly Omit<PackageEntry, 'contents' | 'problems'>[];
}

export function toCensus(folder: string, found: number, entries: readonly PackageEntry[]): Census {
  const packages = [...entries].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  return {
    folder,
    complete: entries.length === found,
    found,
    counted: entries.length,
    files: sum(entries, ({ files }) => files),
    bytes: sum(entries, ({ bytes }) => bytes),
    licences: countLicences(packages),
    severalVersions: severalVersions(packages),
    sameContents: sameContents(packages),
    problems: packages.flatMap(({ path, problems }) => problems.map((problem) => ({ path, problem }))),
    packages: packages.map(withoutDetails),
  };
}

/** Contents and problems have lists of their own. */
function withoutDetails({ path, name, version, licence, direct, files, bytes }: PackageEntry): Census['packages'][number] {
  return { path, name, version, licence, direct, files, bytes };
}

function countLicences(entries: readonly PackageEntry[]): Record<string, number> {
  const counts = Array.from(groupBy(entries, ({ licence }) => licence), ([licence, { length }]) => [licence, length] as const);
  return Object.fromEntries(counts.sort((a, b) => b[1] - a[1]));
}

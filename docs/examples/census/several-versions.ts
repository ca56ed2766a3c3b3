import { groupBy } from './group-by.ts';
import type { PackageEntry } from './package-entry.ts';
import { sum } from './sum.ts';

/** A package that is there in more than one version. */
export interface SeveralVersions {
  readonly name: string;
  readonly bytes: number;
  readonly versions: readonly { readonly version: string; readonly paths: readonly string[] }[];
}

/** The packages of which there are several versions, those that take most room first. */
export function severalVersions(entries: readonly PackageEntry[]): SeveralVersions[] {
  return Array.from(groupBy(entries, ({ name }) => name), ([name, copies]) => ({
    name,
    bytes: sum(copies, ({ bytes }) => bytes),
    versions: Array.from(groupBy(copies, ({ version }) => version), ([version, same]) => ({
      version,
      paths: same.map(({ path }) => path).sort(),
    })).sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true })),
  }))
    .filter(({ versions }) => versions.length > 1)
    .sort((a, b) => b.bytes - a.bytes);
}

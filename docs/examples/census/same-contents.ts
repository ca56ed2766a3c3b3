import type { PackageEntry } from './package-entry.ts';

/** A file that several packages bring along. */
export interface SameContent {
  readonly hash: string;
  readonly bytes: number;
  /** What would be saved if they shared it. */
  readonly wasted: number;
  /** One for each of the packages. */
  readonly paths: readonly string[];
}

/** The files that are in several packages, those that waste most first. */
export function sameContents(entries: readonly PackageEntry[]): SameContent[] {
  const byHash = new Map<string, { bytes: number; paths: Map<PackageEntry, string> }>();
  for (const entry of entries) {
    for (const { hash, bytes, path } of entry.contents) {
      let content = byHash.get(hash);
      if (content === undefined) byHash.set(hash, (content = { bytes, paths: new Map() }));
      if (!content.paths.has(entry)) content.paths.set(entry, `${entry.path}/${path}`);
    }
  }
  return Array.from(byHash, ([hash, { bytes, paths }]) => ({
    hash,
    bytes,
    wasted: bytes * (paths.size - 1),
    paths: [...paths.values()].sort(),
  }))
    .filter(({ wasted }) => wasted > 0)
    .sort((a, b) => b.wasted - a.wasted);
}

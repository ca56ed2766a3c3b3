import { InvalidInputError } from '../index.ts';

/**
 * For development.
 *
 * @throws InvalidInputError for options that are no object, or have a name which does not exist
 */
export function refuseUnknown(where: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new InvalidInputError(`${where}: options`, 'an object', options);
  for (const name in options) {
    if (!names.includes(name)) throw new InvalidInputError(`${where}: the option "${name}"`, `one of ${names.join(', ')}`, name, suggest(name, names));
  }
}

/** "Did you mean …?", if one of the names is so near that it may have been meant. */
export function suggest(name: string, names: readonly string[]): string {
  const near = names.map((each) => ({ each, edits: editsBetween(name.toLowerCase(), each.toLowerCase()) })).sort((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= Math.max(1, name.length / 3) ? `Did you mean "${near.each}"?` : '';
}

/** How many letters have to be put in, left out, replaced or swapped with the next. */
function editsBetween(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(Math.min(
        row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1),
        swapped ? rows[i - 2]![j - 2]! + 1 : Infinity,
      ));
    }
    rows.push(row);
  }
  return rows.at(-1)!.at(-1)!;
}

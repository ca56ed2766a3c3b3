import prettyBytes from 'pretty-bytes';

import type { Census } from './census.ts';
import { sum } from './sum.ts';

const SHOWN = 10;

/** The census in a page, for people. */
export function formatReport(census: Census): string {
  const { folder, complete, found, counted, packages, licences, severalVersions, sameContents, problems } = census;
  const wasted = sum(sameContents, (content) => content.wasted);
  const sections = [
    [
      ...(complete ? [] : [`INCOMPLETE: interrupted when ${count(counted, 'package')} of ${number(found)} had been counted`]),
      `${folder}: ${count(counted, 'package')}, ${count(census.files, 'file')}, ${prettyBytes(census.bytes)}`,
    ],
    section('Largest packages', packages, ({ bytes, files, name, version, path }) =>
      [prettyBytes(bytes), count(files, 'file'), `${name}@${version}`, path === name ? '' : path]),
    section('In several versions', severalVersions, ({ bytes, name, versions }) =>
      [prettyBytes(bytes), name, versions.map(({ version }) => version).join(', ')]),
    section(`Same content in several packages: ${prettyBytes(wasted)} wasted`, sameContents, ({ wasted, paths }) =>
      [prettyBytes(wasted), `${String(paths.length)} times`, paths[0] ?? '']),
    section('Licences', Object.entries(licences), ([licence, packages]) => [number(packages), licence]),
    section('Problems', problems, ({ path, problem }) => [`${path}: ${problem}`], Infinity),
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n') + '\n').join('\n');
}

/** A headed table, or nothing if there is nothing to show. */
function section<T>(title: string, items: readonly T[], toCells: (item: T) => readonly string[], shown = SHOWN): string[] {
  if (items.length === 0) return [];
  const more = items.length - shown;
  return [title, ...align(items.slice(0, shown).map(toCells)), ...(more > 0 ? [`  and ${number(more)} more`] : [])];
}

/** Figures with their units go to the right of their column, all else to the left. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) => {
    const cells = row.map((cell, i) => FIGURE.test(cell) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0));
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

const FIGURE = /^[\d.,]+( \w+)?$/;

function count(n: number, what: string): string {
  return `${number(n)} ${what}${n === 1 ? '' : 's'}`;
}

function number(n: number): string {
  return n.toLocaleString('en');
}

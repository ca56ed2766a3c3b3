import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

// Not by a URL: a spec of Angular has those of a DOM.
export const root = join(import.meta.dirname, '../../');

/** A program that the docs show: a block of code, and the blocks after it that continue it. */
export interface Example {
  /** Its file, from the project's root. */
  readonly file: string;
  /** The line of its first fence, counted from 1. */
  readonly line: number;
  /** Whether it is a part of an Angular application, which runs in its own place, if it prints anything. */
  readonly app: boolean;
  /** Its file with everything else left blank, so that each line has its number. */
  readonly code: string;
}

/** The text of a file from the project's root. */
export function read(file: string): string {
  return readFileSync(root + file, 'utf8');
}

/** Files of the project, from its root. */
export function find(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', 'docs/api/**'] }).map((file) => file.replaceAll(sep, '/')).sort();
}

/** The pages that users read. */
export const pages = find('*.md', 'docs/**/*.md');

const FENCE = /^(?: *\* )?```(.*)$/;

/** The fences that open a block, such as `ts continues`, with their lines, counted from 1. */
export function fences(file: string): { readonly info: string; readonly line: number; readonly code: readonly string[] }[] {
  const blocks: { info: string; line: number; code: string[] }[] = [];
  let open: (typeof blocks)[number] | undefined;
  for (const [i, text] of read(file).split('\n').entries()) {
    const info = FENCE.exec(text)?.[1];
    if (info === undefined) open?.code.push(file.endsWith('.md') ? text : text.replace(/^ *\* ?/, ''));
    else if (open) open = undefined;
    else blocks.push((open = { info, line: i + 1, code: [] }));
  }
  return blocks;
}

/** The programs of a page, or of the comments of a source file. */
export function examples(file: string): Example[] {
  const programs: { file: string; line: number; app: boolean; lines: string[] }[] = [];
  for (const { info, line, code } of fences(file)) {
    if (info === 'ts' || info === 'ts app') programs.push({ file, line, app: info === 'ts app', lines: [] });
    else if (info !== 'ts continues') continue;
    const program = programs.at(-1);
    if (program === undefined) throw new Error(`${file}:${line} continues nothing`);
    while (program.lines.length < line) program.lines.push('');
    program.lines.push(...code);
  }
  return programs.map(({ lines, ...place }) => ({ ...place, code: `${lines.join('\n')}\n` }));
}

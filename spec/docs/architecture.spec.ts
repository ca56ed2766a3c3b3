import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(root + file, 'utf8');
const page = read('docs/architecture.md');

/** The rows of the walk: a file, and the functions that are named beside it. */
const steps = [...page.matchAll(/^\| \d+ \| `([^`]+)` \| (.*) \|$/gm)].map(([, file = '', text = '']) => ({
  file,
  functions: [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
}));

describe('The page on architecture', () => {
  it('walks from add() to the task downstream in at most ten files, each once', () => {
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.length).toBeLessThanOrEqual(10);
    expect(new Set(steps.map(({ file }) => file)).size).toBe(steps.length);
  });

  it.each(steps.map(({ file, functions }) => [file, functions] as const))('names functions that %s has', (file, functions) => {
    expect(functions.length).toBeGreaterThan(0);
    const source = read(file);
    for (const name of functions) expect(source).toMatch(new RegExp(`^ *(export function |#)?${name}[(<]`, 'm'));
  });

  it('hands the task on by imports: the first file reaches all others', () => {
    const reached = new Set([steps[0]!.file]);
    for (const file of reached) {
      for (const [, path = ''] of read(file).matchAll(/from '(\.[^']+)'/g)) reached.add(join(dirname(file), path));
    }
    expect(steps.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const named = [...page.matchAll(/`(src\/[\w./-]+|spec\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
  });
});

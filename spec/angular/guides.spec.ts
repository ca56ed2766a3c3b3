// The programs of the guides that print something: what they print stands in them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { examples, find, root } from '../docs/example.ts';

const programs = find('docs/guides/angular*.md').flatMap(examples).filter(({ code }) => code.includes('// → '));

describe('an example of a guide to Angular does what it says:', () => {
  let folder: string;
  beforeAll(() => {
    mkdirSync(`${root}reports`, { recursive: true });
    folder = mkdtempSync(`${root}reports/guides-`);
  });
  afterAll(() => { rmSync(folder, { recursive: true }); });

  it.each(programs.map((example) => [`${example.file}:${example.line}`, example] as const))('%s', async (_, { file, line, code }) => {
    const promised = Array.from(code.matchAll(/\/\/ → (.*)/g), ([, text]) => text);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      printed.push(...format(...values.map((value) => (value instanceof Error ? String(value) : value))).split('\n'));
    });
    try {
      const program = `${folder}/${file.replaceAll('/', '-')}-${line}.ts`;
      writeFileSync(program, code);
      await import(/* @vite-ignore */ program);
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual(promised);
  });
});

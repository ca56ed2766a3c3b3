import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';

import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { type Example, examples, fences, find, pages, read, root } from './example.ts';

/*
 * The code that users read. A block that opens with ```ts is a program; ```ts continues goes on with
 * the one before; ```ts app opens a part of an Angular application, which is only compiled here. What a
 * program of a page prints stands in it, in order, as comments: `// → text`.
 */
const shown = pages.flatMap(examples);
const inComments = find('src/**/*.ts').flatMap(examples);

describe('the pages', () => {
  it('show no code but what is checked here, and what is no TypeScript', () => {
    const odd = pages.flatMap((page) => fences(page).map(({ info, line }) => ({ info, place: `${page}:${line}` })))
      .filter(({ info }) => !['ts', 'ts app', 'ts continues', 'sh', 'json', 'text', 'mermaid'].includes(info));
    expect(odd).toEqual([]);
    expect([shown.length, inComments.length]).not.toContain(0);
  });
});

describe('an example', () => {
  it('compiles, wherever it is', () => {
    const all = [...shown, ...inComments];
    // One that declares something for the whole program is a program of its own.
    const alone = all.filter(({ code }) => code.includes('declare module'));
    const together = all.filter((example) => !alone.includes(example));
    expect([together, ...alone.map((example) => [example])].flatMap(mistakes)).toEqual([]);
  });

  it('would be told of, with its place, if it did not compile', () => {
    const wrong = { file: 'README.md', line: 1, app: false, code: "\n\nimport { TaskManager } from 'sluice';\nnew TaskManager({ concurency: 1 });\n" };
    expect(mistakes([wrong])).toEqual([expect.stringMatching(/^README\.md:4: .*'concurency' does not exist/)]);
  });
});

describe('an example of a page does what it says:', () => {
  let folder: string;
  beforeAll(() => {
    mkdirSync(`${root}reports`, { recursive: true });
    folder = mkdtempSync(`${root}reports/examples-`);
  });
  afterAll(() => { rmSync(folder, { recursive: true }); });

  it.each(shown.filter(({ app }) => !app).map((example) => [`${example.file}:${example.line}`, example] as const))('%s', async (_, { file, line, code }) => {
    const promised = Array.from(code.matchAll(/\/\/ → (.*)/g), ([, text]) => text);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => { printed.push(...format(...values).split('\n')); });
    try {
      const program = `${folder}/${file.replaceAll('/', '-')}-${line}.ts`;
      writeFileSync(program, code);
      await import(/* @vite-ignore */ program);
      // What it has left running may print as well: it is given so many turns of the event loop.
      for (let turn = 0; turn < 100; turn++) await macrotask();
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual(promised);
  }, 20_000);
});

/** What the compiler says of programs, with the place of each mistake. */
function mistakes(programs: readonly Example[]): string[] {
  const files = new Map(programs.map((example) => [`${root}${example.file}.${example.line}.ts`, example]));
  const { compilerOptions } = ts.parseConfigFileTextToJson('tsconfig.json', read('tsconfig.json')).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson({
    ...compilerOptions,
    // Examples make things to show how they are made, and run wherever RxJS does.
    noUnusedLocals: false,
    types: [],
    paths: Object.fromEntries(['', '/angular', '/angular/testing', '/bullmq', '/plans', '/plans/indexeddb', '/plans/sqlite', '/workers'].map((entry) =>
      [`sluice${entry}`, [process.env['SLUICE_DIST'] === '1' ? `./dist${entry}/index.d.ts` : `./src${entry}/index.ts`]])),
  }, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, version, ...rest) => {
    const example = files.get(name);
    return example ? ts.createSourceFile(name, example.code, version) : getSourceFile(name, version, ...rest);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([name, { file }]) => {
    const source = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) =>
      `${file}:${source.getLineAndCharacterOfPosition(start).line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

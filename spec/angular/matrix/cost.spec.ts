import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the Angular CLI sets in a production build. */
const PRODUCTION = { ngDevMode: 'false', ngJitMode: 'false', 'process.env.NODE_ENV': '"production"' };

/** An application that uses all of Angular, RxJS and the core, so that only what is added to it counts. */
const [ANGULAR, APPLICATION] = [[], ['./dist/index.js']].map((more) => ['@angular/core', '@angular/common', '@angular/common/http', 'rxjs', ...more]
  .map((from, i) => `import * as m${i} from '${from}'; globalThis.m${i} = { ...m${i} };`).join('\n')) as [string, string];

async function bundle(added = '', application = APPLICATION): Promise<{ text: string; bytes: number; files: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `${application}\n${added}`, resolveDir: root },
    absWorkingDir: root,
    bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, metafile: true, define: PRODUCTION, logLevel: 'error',
  });
  const { contents, text } = outputFiles[0]!;
  return { text, bytes: gzipSync(contents, { level: 9 }).length, files: Object.keys(metafile.inputs) };
}

const using = (...names: string[]): string => `import { ${names.join(', ')} } from './dist/angular/index.js'; globalThis.used = [${names.join(', ')}];`;

/** The names of all that it has. */
const ALL = Array.from(readFileSync(`${root}dist/angular/index.js`, 'utf8').matchAll(/^export \{ (.+) \}/gm), ([, names]) => names!.split(', ')).flat();

describe('the built package', () => {
  const modules = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));

  it('has no import for its effects alone, of which bundlers warn', () => {
    const bare = modules.flatMap((file) => readFileSync(`${root}dist/${file}`, 'utf8').match(/^import\s*['"].*$/gm)?.map((line) => `${file}: ${line}`) ?? []);
    expect(modules).toContain('angular/index.js');
    expect(bare).toEqual([]);
  });

  it('leaves nothing in an application that imports it and uses none of it', async () => {
    const [without, added] = await Promise.all([bundle(), bundle("import * as all from './dist/angular/index.js';")]);
    expect(added.bytes).toBe(without.bytes);
  });
});

describe('in a production build, sluice/angular', () => {
  it.each([
    [3_900, 28_800, 'for tasks', using('provideTasks', 'injectTask', 'injectTaskManager')],
    [4_300, 29_200, 'for requests', using('provideTasks', 'injectTask', 'taskInterceptor', 'withHttpQueue', 'withTask')],
    [4_400, 29_400, 'for data of a server', using('provideTasks', 'injectTask', 'withRefetch', 'injectVisible')],
    [5_500, 30_600, 'with all that it has', using(...ALL)],
  ])('adds at most %i bytes to the core, and %i in all to an application, compressed: %s', async (limit, total, _, program) => {
    const [without, added] = await Promise.all([bundle(), bundle(program)]);
    expect(added.bytes - without.bytes).toBeLessThanOrEqual(limit);
    expect(added.bytes).toBeGreaterThan(without.bytes);
    const [bare, all] = await Promise.all([bundle('', ANGULAR), bundle(program, ANGULAR)]);
    expect(all.bytes - bare.bytes).toBeLessThanOrEqual(total);
    expect(all.bytes - bare.bytes).toBeGreaterThan(limit);
  });

  it('has nothing that is for tests, nor the checks of options that are for development', async () => {
    expect(ALL).toContain('injectTaskRunner');
    const { text, files } = await bundle(using(...ALL));
    expect(files.filter((file) => file.includes('dist/angular/'))).toContain('dist/angular/task-runtime.js');
    expect(files.filter((file) => file.includes('testing'))).toEqual([]);
    expect(text).not.toMatch(/TaskTestingController|Expected one started task|what a function such as withHttpQueue/);
  });
});

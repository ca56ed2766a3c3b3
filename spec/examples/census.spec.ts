import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { filter, lastValueFrom, map } from 'rxjs';
import { TaskManager } from 'sluice';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Census } from '../../docs/examples/census/census.ts';
import { censusTask } from '../../docs/examples/census/census-task.ts';
import { findPackages } from '../../docs/examples/census/find-packages.ts';
import { type HashFiles, hashFiles } from '../../docs/examples/census/hash-files.ts';
import { hashPool } from '../../docs/examples/census/hash-pool.ts';
import { licenceOf } from '../../docs/examples/census/licence.ts';
import { packageTask } from '../../docs/examples/census/package-task.ts';
import { runCensus } from '../../docs/examples/census/run-census.ts';

let project: string;
let packages: string;
let output: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'sluice-census-'));
  packages = join(project, 'node_modules');
  output = join(project, 'census.json');
  await mkdir(packages);
});

afterEach(() => rm(project, { recursive: true, force: true }));

/** Writes files, by their paths in the project. What is no string is written as JSON. */
async function write(files: Record<string, unknown>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(project, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Packages with a manifest and one file of their own, in the order given. */
async function writePackages(...names: string[]): Promise<void> {
  for (const name of names) {
    await write({
      [`node_modules/${name}/package.json`]: { name, version: '1.0.0', license: 'MIT' },
      [`node_modules/${name}/index.js`]: `// ${name}`,
    });
  }
}

interface Screen extends Writable {
  readonly isTTY: boolean;
  readonly text: string;
}

/** Takes what is written to it, and shows each piece to `onText`. */
function screen({ isTTY = false, onText }: { isTTY?: boolean; onText?: (text: string) => void } = {}): Screen {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      text += chunk.toString();
      onText?.(chunk.toString());
      done();
    },
  });
  return Object.defineProperties(stream as Screen, { isTTY: { value: isTTY }, text: { get: () => text } });
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], stdout = screen(), signal = new AbortController().signal): Promise<Ended> {
  const stderr = screen();
  const exitCode = await runCensus(args, { stdout, stderr, signal });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Counts the project's packages, and returns what was written to the file. */
async function count(...options: string[]): Promise<Ended & { readonly census: Census }> {
  const ended = await run([packages, '--output', output, '--threads', '0', ...options]);
  return { ...ended, census: await written() };
}

const written = async (): Promise<Census> => JSON.parse(await readFile(output, 'utf8')) as Census;

describe('the census example: what it counts', () => {
  it('finds packages, scoped ones, and those within others', async () => {
    await writePackages('b', 'a', '@x/c', 'a/node_modules/d', 'a/node_modules/@x/e');
    const { census, exitCode } = await count();
    expect(exitCode).toBe(0);
    expect(census).toMatchObject({ folder: packages, complete: true, found: 5, counted: 5, files: 10, problems: [] });
    expect(census.packages.map(({ path }) => path).sort()).toEqual([
      '@x/c', 'a', 'a/node_modules/@x/e', 'a/node_modules/d', 'b',
    ]);
  });

  it('counts a nested package by itself, and not among the files of the outer one', async () => {
    await write({
      'node_modules/outer/package.json': '{"name":"outer","version":"1.2.3"}',
      'node_modules/outer/lib/a/b.js': '12345',
      'node_modules/outer/lib/node_modules/kept.js': '123',
      'node_modules/outer/node_modules/inner/index.js': '1234567890',
      'node_modules/outer/node_modules/inner/package.json': '{}',
    });
    const { census } = await count();
    expect(census.packages).toEqual([
      { path: 'outer', name: 'outer', version: '1.2.3', licence: '(none stated)', direct: false, files: 3, bytes: 42 },
      { path: 'outer/node_modules/inner', name: 'inner', version: '(unknown)', licence: '(none stated)', direct: false, files: 2, bytes: 12 },
    ]);
    expect(census).toMatchObject({ files: 5, bytes: 54 });
  });

  it('leaves links and dot folders alone', async () => {
    await writePackages('a');
    await write({ 'elsewhere/package.json': '{}', 'elsewhere/deep/file.js': '123', 'node_modules/.bin/tool': '#!' });
    await symlink(join(project, 'elsewhere'), join(packages, 'linked'), 'dir');
    await symlink(join(project, 'elsewhere'), join(packages, 'a', 'inside'), 'dir');
    await symlink(join(packages, 'a'), join(packages, 'a', 'node_modules'), 'dir'); // would never end
    const { census } = await count();
    expect(census.packages.map(({ path, files }) => [path, files])).toEqual([['a', 2]]);
  });

  it('lists the packages by size, and prints the largest', async () => {
    await writePackages('small', 'large', 'middle');
    await write({ 'node_modules/large/x': 'x'.repeat(3000), 'node_modules/middle/x': 'y'.repeat(2000) });
    const { census, stdout } = await count();
    expect(census.packages.map(({ name }) => name)).toEqual(['large', 'middle', 'small']);
    expect(stdout).toMatch(/Largest packages\n +3\.0\d kB +3 files +large@1\.0\.0\n +2\.0\d kB +3 files +middle@1\.0\.0\n/);
  });

  it('finds packages that are there in several versions', async () => {
    await writePackages('a', 'b', 'same', 'b/node_modules/same');
    await write({
      'node_modules/dup/package.json': { name: 'dup', version: '10.0.0' },
      'node_modules/a/node_modules/dup/package.json': { name: 'dup', version: '9.0.0' },
      'node_modules/b/node_modules/dup/package.json': { name: 'dup', version: '9.0.0' },
    });
    const { census, stdout } = await count();
    expect(census.severalVersions).toMatchObject([
      {
        name: 'dup',
        versions: [
          { version: '9.0.0', paths: ['a/node_modules/dup', 'b/node_modules/dup'] },
          { version: '10.0.0', paths: ['dup'] },
        ],
      },
    ]);
    expect(stdout).toMatch(/In several versions\n +\d+ B +dup +9\.0\.0, 10\.0\.0\n/);
  });

  it('finds equal files of different packages, and what they waste', async () => {
    await writePackages('a', 'b', 'c');
    const licence = 'L'.repeat(1000);
    await write({
      'node_modules/a/LICENSE': licence,
      'node_modules/a/again/LICENSE': licence,
      'node_modules/b/COPYING': licence,
      'node_modules/c/LICENSE': licence,
      'node_modules/a/empty': '',
      'node_modules/b/empty': '',
      'node_modules/c/twice': 'only here',
      'node_modules/c/thrice': 'only here',
    });
    const { census, stdout } = await count();
    expect(census.sameContents).toEqual([
      {
        // printf 'L%.0s' {1..1000} | sha256sum
        hash: '6a98b771df7f29a4ae13bb63cd602f34833f3a1fab8e3f6642485197d3cf46d4',
        bytes: 1000,
        wasted: 2000,
        paths: ['a/LICENSE', 'b/COPYING', 'c/LICENSE'],
      },
    ]);
    expect(stdout).toContain('Same content in several packages: 2 kB wasted\n');
  });

  it('counts licences, the most frequent first', async () => {
    await writePackages('a', 'b', 'c');
    await write({ 'node_modules/b/package.json': { license: 'ISC' }, 'node_modules/d/package.json': {} });
    const { census, stdout } = await count();
    expect(Object.entries(census.licences)).toEqual([['MIT', 2], ['ISC', 1], ['(none stated)', 1]]);
    expect(stdout).toMatch(/Licences\n +2 +MIT\n +1 +ISC\n/);
  });

  it.each([
    [{ license: 'MIT' }, 'MIT'],
    [{ license: '(MIT OR CC0-1.0)' }, 'MIT OR CC0-1.0'],
    [{ license: '(MIT OR BSD) AND (ISC)' }, '(MIT OR BSD) AND (ISC)'],
    [{ license: { type: 'BSD', url: 'x' } }, 'BSD'],
    [{ licenses: [{ type: 'MIT' }, 'Apache-2.0'] }, 'MIT OR Apache-2.0'],
    [{ license: ' ', licenses: [] }, '(none stated)'],
    [{ license: 7, licenses: { type: 'MIT' } }, '(none stated)'],
  ])('reads the licence of %j as %j', (manifest, licence) => {
    expect(licenceOf(manifest)).toBe(licence);
  });

  it('has nothing to say of an empty folder', async () => {
    const { census, exitCode, stdout } = await count();
    expect(exitCode).toBe(0);
    expect(census).toMatchObject({ complete: true, found: 0, packages: [] });
    expect(stdout).toContain(`${packages}: 0 packages, 0 files, 0 B\n`);
  });
});

describe('the census example: order', () => {
  it('reads what the project itself depends on first, package by package', async () => {
    await writePackages('a', 'b', '@x/y', 'z', 'a/node_modules/z');
    await write({ 'package.json': { dependencies: { z: '1' }, devDependencies: { '@x/y': '1' } } });

    const tasks = new TaskManager({ concurrency: 1 });
    const started: string[] = [];
    tasks.events$
      .pipe(filter(({ type }) => type === 'started'), map((event) => ('task' in event ? event.task.name : '')))
      .subscribe((name) => { started.push(name); });
    await lastValueFrom(censusTask(tasks, packages, await findPackages(packages, new AbortController().signal)));

    expect(started.filter((name) => name.startsWith('manifest'))).toEqual([
      'manifest of @x/y', 'manifest of z', 'manifest of a', 'manifest of b', 'manifest of a/node_modules/z',
    ]);
    expect(started.indexOf('hashes of z')).toBeLessThan(started.indexOf('manifest of a'));
    expect(started.at(-1)).toBe('census');
  });

  it('needs no project around the packages', async () => {
    await writePackages('a');
    await write({ 'package.json': '{ broken' });
    const { census, exitCode } = await count();
    expect(exitCode).toBe(0);
    expect(census.packages).toMatchObject([{ path: 'a', direct: false }]);
  });
});

describe('the census example: broken packages', () => {
  it('reports a broken manifest, and goes on', async () => {
    await writePackages('a', 'z');
    await write({
      'node_modules/broken/package.json': '{ "name": "broken", ',
      'node_modules/broken/index.js': 'x',
      'node_modules/list/package.json': '[]',
      'node_modules/missing/index.js': '12345',
    });
    const { census, exitCode, stdout } = await count();
    expect(exitCode).toBe(0);
    expect(census).toMatchObject({ complete: true, counted: 5 });
    expect(census.problems.map(({ path }) => path).sort()).toEqual(['broken', 'list', 'missing']);
    expect(census.packages.find(({ path }) => path === 'missing')).toMatchObject({ name: 'missing', files: 1, bytes: 5 });
    expect(stdout).toMatch(/Problems\n(?: {2}.*\n)* {2}broken: package\.json is not JSON: .+\n/);
    expect(stdout).toContain('  list: package.json is not a JSON object\n');
    expect(stdout).toContain('  missing: has no package.json\n');
    expect(stdout).toContain('manifests: 2 done, 3 failed\n');
  });

  it('says once that the files of a package cannot be read', async () => {
    const tasks = new TaskManager();
    const found = { path: 'gone', folder: join(packages, 'gone'), name: 'gone', direct: false };
    const { problems, files } = await lastValueFrom(packageTask(tasks, found));
    expect(files).toBe(0);
    expect(problems).toEqual(['has no package.json', expect.stringMatching(/^ENOENT: .*scandir/)]);
  });

  it('takes a manifest with a byte order mark', async () => {
    await write({ 'node_modules/a/package.json': '\uFEFF{"name":"a","version":"1.0.0"}' });
    expect((await count()).census).toMatchObject({ problems: [], packages: [{ name: 'a', version: '1.0.0' }] });
  });
});

describe('the census example: threads', () => {
  it.each(['0', '1', '2'])('hash the same, however many there are: %s', async (threads) => {
    await writePackages('a', 'b', 'c');
    await write({ 'node_modules/a/same.bin': 'x'.repeat(100_000), 'node_modules/c/same.bin': 'x'.repeat(100_000) });
    const { census, exitCode } = await count('--threads', threads);
    expect(exitCode).toBe(0);
    expect(census.sameContents).toEqual([{
      hash: createHash('sha256').update('x'.repeat(100_000)).digest('hex'), bytes: 100_000, paths: ['a/same.bin', 'c/same.bin'], wasted: 100_000,
    }]);
  });

  it('say what is wrong with a file, as the main one does', async () => {
    const tasks = new TaskManager();
    await using pool = hashPool(1);
    const files = [{ path: 'gone.js', bytes: 1 }];
    const [here, there] = await Promise.all([hashFiles, pool.hashFiles].map((hash) =>
      lastValueFrom(tasks.task(hash as HashFiles, { kwargs: { folder: packages, files } })).then(() => undefined, (error: unknown) => error)));
    expect(there).toEqual(here);
    expect(there).toMatchObject({ code: 'ENOENT', path: join(packages, 'gone.js') });
  });
});

describe('the census example: an interruption', () => {
  it('ends with a report of what is done so far', async () => {
    await writePackages('a', 'b', 'c', 'd');
    const interrupt = new AbortController();
    const stdout = screen({ onText: (text) => { if (text.startsWith('hashes: 50 %')) interrupt.abort(); } });
    const ended = await run([packages, '--concurrency', '1', '-o', output], stdout, interrupt.signal);

    expect(ended.exitCode).toBe(130);
    const census = await written();
    const counted = census.packages.map(({ path }) => path);
    expect(counted).toContain('a');
    expect(counted).not.toContain('c');
    expect(counted).not.toContain('d');
    expect(census).toMatchObject({ complete: false, found: 4, counted: counted.length, problems: [] });
    expect(ended.stdout).toMatch(/\nINCOMPLETE: interrupted when [12] packages? of 4 had been counted\n/);
    expect(ended.stderr).toBe('');
  });

  it('shows no more progress after that', async () => {
    await writePackages('a', 'b', 'c', 'd');
    const interrupt = new AbortController();
    const stdout = screen({ onText: (text) => { if (text.startsWith('hashes: 25 %')) interrupt.abort(); } });
    await run([packages, '--concurrency', '1', '-o', output], stdout, interrupt.signal);
    expect(stdout.text.slice(stdout.text.indexOf('hashes: 25 %'))).toMatch(/^hashes: 25 %\n\nINCOMPLETE/);
  });

  it('has nothing to report while packages are looked for', async () => {
    await writePackages('a');
    expect(await run([packages, '-o', output], screen(), AbortSignal.abort())).toEqual({
      exitCode: 130, stdout: '', stderr: 'census: Interrupted before all packages were found\n',
    });
  });
});

describe('the census example: progress', () => {
  it('writes a line for each group that is done where there is no terminal', async () => {
    await writePackages('a', 'b', 'c');
    const { stdout } = await count();
    const [progress = ''] = stdout.split('\n\n');
    expect(progress.split('\n').filter((line) => !line.includes('%')).sort()).toEqual([
      'files: 3 done', 'hashes: 3 done', 'manifests: 3 done',
    ]);
    expect(stdout).not.toContain('\u001B');
  });

  it('draws a bar for each group on a terminal, and shows the cursor again', async () => {
    await writePackages('a', 'b', 'c');
    const { stdout } = await run([packages, '-o', output], screen({ isTTY: true }));
    for (const group of ['manifests', 'files    ', 'hashes   ']) {
      expect(stdout).toContain(`${group} ${'█'.repeat(30)} 100 %  3 of 3`);
    }
    expect(stdout.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001B[?25l'));
    expect(stdout).not.toContain('hashes: ');
  });

  it('is silent with --no-progress', async () => {
    await writePackages('a');
    const { stdout } = await count('--no-progress');
    expect(stdout.startsWith(`${packages}: 1 package, 2 files, `)).toBe(true);
  });
});

describe('the census example: wrong usage', () => {
  it.each([
    [['--concurrency', '0'], '--concurrency must be a whole number from 1 up, but is "0".'],
    [['--concurrency', '1.5'], '--concurrency must be a whole number from 1 up, but is "1.5".'],
    [['--concurrency', 'many'], '--concurrency must be a whole number from 1 up, but is "many".'],
    [['--threads=-1'], '--threads must be a whole number from 0 up, but is "-1".'],
    [['--threads', ''], '--threads must be a whole number from 0 up, but is "".'],
    [['--frobnicate'], "Unknown option '--frobnicate'."],
    [['--output'], "Option '-o, --output <value>' argument missing"],
    [['one', 'two'], 'One folder at a time, and one is one already: what is two?'],
  ])('says what is wrong with %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`census: ${message}`);
    expect(stderr).toContain('--help');
  });

  it.each([
    ['is missing', () => join(project, 'nowhere'), /^census: There is no folder .*nowhere\n$/],
    ['is a file', () => output, /^census: .*census\.json is not a folder\n$/],
    ['is a project', () => project, /^census: .* holds a project, not packages\. Is it .*node_modules that you mean\?\n$/],
  ])('says that the folder %s', async (_what, folder, message) => {
    await writeFile(output, '');
    const { exitCode, stdout, stderr } = await run([folder()]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('prints the report, though it cannot be written', async () => {
    await writePackages('a');
    const { exitCode, stdout, stderr } = await run([packages, '--output', join(project, 'nowhere', 'census.json')]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(': 1 package, 2 files');
    expect(stderr).toMatch(/^census: .*census\.json cannot be written: ENOENT/);
  });
});

describe('the census example, as a process', () => {
  const main = fileURLToPath(new URL('../../docs/examples/census/main.ts', import.meta.url));
  // The package's name leads to dist, which need not be built when specs run.
  const toSource = process.env['SLUICE_DIST'] === '1' ? [] : ['--import', new URL('sluice-from-source.ts', import.meta.url).href];

  function start(...args: string[]): Promise<Ended> {
    return startAndWatch(() => false, args);
  }

  /** Presses Ctrl-C when the output is as it says. */
  function startAndWatch(enough: (stdout: string) => boolean, args: readonly string[]): Promise<Ended> {
    const child = spawn(process.execPath, [...toSource, main, ...args], { stdio: 'pipe' });
    const ended = { stdout: '', stderr: '' };
    let interrupted = false;
    child.stdout.on('data', (chunk: Buffer) => {
      ended.stdout += chunk.toString();
      if (!interrupted && enough(ended.stdout)) interrupted = child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk: Buffer) => { ended.stderr += chunk.toString(); });
    return new Promise((resolve, reject) => {
      child.on('error', reject).on('close', (code) => { resolve({ ...ended, exitCode: code ?? -1 }); });
    });
  }

  it('counts', async () => {
    await writePackages('a', '@x/b');
    const { exitCode, stdout, stderr } = await start(packages, '-o', output);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${packages}: 2 packages, 4 files, `);
    expect(await written()).toMatchObject({ complete: true, counted: 2 });
  });

  it.each(['0', '1', '2'])('ends with a report at the first Ctrl-C, in the middle of a file, whoever hashes it: %s threads', async (threads) => {
    await writePackages('a');
    await write({ 'node_modules/a/in/huge': '' }); // listed, and so hashed, after what is not in a folder
    await truncate(join(packages, 'a', 'in', 'huge'), 100e9); // takes no space, and far longer than it is given
    const { exitCode, stdout, stderr } = await startAndWatch((text) => text.includes('hashes: 50 %'), [packages, '-o', output, '-t', threads]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
    expect(stdout).toContain('INCOMPLETE: interrupted when 0 packages of 1 had been counted');
    expect(await written()).toMatchObject({ complete: false, counted: 0, packages: [] });
  });

  it('tells what there is', async () => {
    const { exitCode, stdout, stderr } = await start('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('npm start -- [FOLDER] [OPTIONS]');
  });

  it('ends with a message and no stack trace when the folder is missing', async () => {
    const folder = join(project, 'nowhere');
    expect(await start(folder)).toEqual({ exitCode: 1, stdout: '', stderr: `census: There is no folder ${folder}\n` });
  });
});

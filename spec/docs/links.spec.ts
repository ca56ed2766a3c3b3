import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import GithubSlugger from 'github-slugger';
import { lexer, type Token, walkTokens } from 'marked';
import { describe, expect, it } from 'vitest';

import { find, read, root } from './example.ts';

const pages = find('**/*.md');

/** What a page has that others may point at, and what it points at itself. */
function links(page: string): { readonly anchors: ReadonlySet<string>; readonly targets: readonly string[] } {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const targets: string[] = [];
  void walkTokens(lexer(read(page)), (token) => {
    if (token.type === 'heading') anchors.add(slugger.slug(textOf(token)));
    if (token.type === 'link' || token.type === 'image') targets.push(String(token['href']));
  });
  return { anchors, targets };
}

function textOf(token: Token): string {
  const { tokens, text = '' } = token as { tokens?: Token[]; text?: string };
  return tokens ? tokens.map(textOf).join('') : text;
}

/** Where a link of a page leads: a file of the project, and a heading in it; undefined where it leaves the project. */
function resolve(page: string, target: string): { readonly file: string; readonly anchor: string | undefined } | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path));
  return { file: file.replace(/\/$/, ''), anchor };
}

/** Links of a page that lead nowhere. */
function dead(page: string, exists: (file: string) => boolean): string[] {
  return links(page).targets.filter((target) => {
    const to = resolve(page, target);
    if (to === undefined) return false;
    if (!exists(to.file)) return true;
    return to.anchor !== undefined && !(to.file.endsWith('.md') && links(to.file).anchors.has(to.anchor));
  });
}

/** What is published, folders too. Scripts are left out: `npm pack` would build anew. */
function published(): ReadonlySet<string> {
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  const found = JSON.parse(json) as Listing[] | Record<string, Listing>;
  const [{ files }] = Object.values(found) as [Listing];
  return new Set(files.flatMap(({ path }) => {
    const parts = path.split('/');
    return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  }));
}

interface Listing {
  readonly files: readonly { readonly path: string }[];
}

describe('every link leads to a file that there is, and to a heading in it:', () => {
  it.each(pages)('%s', (page) => {
    expect(dead(page, (file) => existsSync(root + file))).toEqual([]);
  });

  it('which is looked at: there are links of each kind', () => {
    const all = pages.flatMap((page) => links(page).targets.map((target) => resolve(page, target)));
    expect(all.filter((to) => to?.anchor !== undefined).length).toBeGreaterThan(5);
    expect(all.filter((to) => to !== undefined && to.anchor === undefined).length).toBeGreaterThan(50);
    expect(dead('README.md', (file) => file !== 'CHANGELOG.md')).toEqual(['CHANGELOG.md']);
  });
});

describe('the package', () => {
  const files = published();

  it('has all that the README links to, and all that its other pages do, but for specs and benches', () => {
    const outside = [...files].filter((file) => file.endsWith('.md')).flatMap((page) => dead(page, (file) => files.has(file) || (page !== 'README.md' && /^(spec|bench)\//.test(file))).map((target) => `${page}: ${target}`));
    expect(files).toContain('README.md');
    expect(outside).toEqual([]);
  });

  it('has neither what examples build nor what belongs to its own tests', () => {
    const odd = [...files].filter((file) => /^(spec|bench|reports)\b|node_modules|\.angular|docs\/.*\/dist\b/.test(file));
    expect(odd).toEqual([]);
  });

  it('is found by its manifest to be for Node from 20.16 on, as CONTRIBUTING says', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).toBe('>=20.16.0 <21 || >=22.3.0');
    expect(read('CONTRIBUTING.md')).toContain('Node (20.16 or later, of 22 at least 22.3)');
  });
});

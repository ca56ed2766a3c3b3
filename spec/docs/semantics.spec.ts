import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { read, root } from './example.ts';

/*
 * docs/semantics.md names the specs that prove what it says, one file a line:
 *
 *     - `spec/task/join.spec.ts`: “queues upstream first” · “takes the same task twice”
 */
const page = read('docs/semantics.md');
const sections = page.split(/^(?=#{1,3} )/m).map((text) => ({
  level: /^#+/.exec(text)![0].length,
  title: /^#+ (.*)/.exec(text)![1]!,
  proofs: Array.from(text.matchAll(/^- `(spec\/.+?)`: (.+)$/gm), ([, file, names]) => ({
    file: file!,
    names: Array.from(names!.matchAll(/“(.+?)”/g), ([, name]) => name!),
    rest: names!.replaceAll(/“.+?”/g, '').replaceAll(' · ', ''),
  })),
}));
const proofs = sections.flatMap((section) => section.proofs);

describe('docs/semantics.md', () => {
  it('numbers the promises from 1 to 20, and has the rule of bad input', () => {
    const titles = sections.map(({ title }) => title);
    const numbers = titles.flatMap((title) => /^(\d+)\. /.exec(title)?.[1] ?? []);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1}`));
    expect(titles).toContain('Bad input');
  });

  it('names a spec that proves it for each of them', () => {
    const promises = sections.filter(({ level, title }) => level === 3 || title === 'Bad input');
    const unproved = promises.filter(({ proofs }) => proofs.length === 0);
    expect(unproved.map(({ title }) => title)).toEqual([]);
  });

  it('writes each proof in the form that is read here', () => {
    expect(proofs.filter(({ names, rest }) => names.length === 0 || rest !== '')).toEqual([]);
    expect(page.match(/^- `spec\//gm)).toHaveLength(proofs.length);
  });

  it.each([...new Set(proofs.map(({ file }) => file))].sort())('names only specs that exist: %s', (file) => {
    const named = proofs.filter((proof) => proof.file === file).flatMap(({ names }) => names);
    const there = titlesIn(file);
    expect(named.filter((name) => !there.has(name))).toEqual([]);
  });
});

/** The titles of the specs in a file, as they are written there: `%s` and all. */
function titlesIn(file: string): ReadonlySet<string> {
  const titles = new Set<string>();
  const source = ts.createSourceFile(root + file, read(file), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]) && /^it\b/.test(node.expression.getText(source))) {
      titles.add(node.arguments[0].text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

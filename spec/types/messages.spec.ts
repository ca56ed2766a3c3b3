import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/*
 * What a person reads who has made a mistake. The type tests prove that it does not compile; these
 * prove that the compiler says why. All snippets are one program, so that it is checked only once.
 */
const before = `
import { TaskManager } from 'sluice';
const tasks = new TaskManager();
const user = tasks.task(() => ({ id: 1, name: 'Ada' }));
const page = tasks.task(() => ({ id: 'p1' }));
const byBoth = (size: number, unit: string): string => unit.repeat(size);
import { withRetry } from 'sluice';
import { defineJobs, Plan } from 'sluice/plans';
const plan = new Plan(defineJobs({
  list: ({ site }: { site: string }) => ({ pages: [site] }),
  count: ({ pages }: { pages: number[] }) => pages.length,
  since: ({ since }: { since: Date }) => since.getTime(),
}));
const pages = plan.task('list', { kwargs: { site: 'a' } });
`;

const mistakes = {
  'an input that nothing supplies, asked for by type': {
    code: 'tasks.task(({ id }: { id: number }) => id);',
    says: [/Property 'id' is missing/, /required in type '\{ id: number; \}'/],
  },
  'an input that upstream does not supply': {
    code: 'tasks.task(({ email }) => email, { upstream: [user] });',
    says: [/Property 'email' does not exist on type .*\{ id: number; name: string; \}/],
  },
  'an input that was merged under no key of its own': {
    code: 'tasks.task(({ id }) => id, { upstream: { user } });',
    says: [/Property 'id' does not exist on type .*user: \{ id: number; name: string; \}/],
  },
  'an input of a wrong type': {
    code: 'tasks.task(({ id }: { id: string }) => id, { upstream: [user] });',
    says: [/Types of property 'id' are incompatible/, /'number' is not assignable to type 'string'/],
  },
  'an input that may be missing': {
    code: 'tasks.task(({ id }: { id: number }) => id, { upstream: [tasks.task((): { id: number } | undefined => undefined)] });',
    says: [/Property 'id' is optional .* but required/],
  },
  'an input that two tasks supply': {
    code: 'tasks.task(() => 1, { upstream: [user, page] });',
    says: [/The kwarg \\?"id\\?" is supplied twice\. Give upstream as \{ key: task \}, or set onConflict\./],
  },
  'an input that kwargs and a dictionary supply': {
    code: 'tasks.task(() => 1, { kwargs: { user: 1 }, upstream: { user } });',
    says: [/The kwarg \\?"user\\?" is supplied twice/],
  },
  'args in the wrong order': {
    code: "tasks.task(byBoth, { args: ['px', 1] });",
    says: [/'string' is not assignable to type 'number'/],
  },
  'an id as upstream': {
    code: "tasks.task(() => 1, { upstream: ['task 1'] });",
    says: [/'string' is not assignable to type 'UpstreamInput'/],
  },
  'an input that is absent when its upstream fails': {
    code: "tasks.task(({ user }: { user: object }) => user, { upstream: { user }, onUpstreamError: 'continue' });",
    says: [/Property 'user' is optional .* but required/],
  },
  'a fallback that the function cannot take': {
    code: "tasks.task(({ n }: { n: number }) => n, { upstream: { n: { from: tasks.task(() => 1), onError: { fallback: 'none' } } } });",
    says: [/Types of property 'n' are incompatible/, /'string' is not assignable to type 'number'/],
  },
  'a job of a plan that does not exist': {
    code: "plan.task('lists', { kwargs: { site: 'a' } });",
    says: [/'"lists"' is not assignable to parameter of type '"list" \| "count" \| "since"'/],
  },
  'a kwarg that a job needs': {
    code: "plan.task('list', {});",
    says: [/The kwarg \\?"site\\?" of the job \\?"list\\?" is missing\. Give it in kwargs, or by upstream\./],
  },
  'a kwarg of a job of a wrong type': {
    code: "plan.task('list', { kwargs: { site: 7 } });",
    says: [/The kwarg \\?"site\\?" of the job \\?"list\\?" is of a wrong type\./],
  },
  'an upstream whose result does not fit a job': {
    code: "plan.task('count', { upstream: [pages] });",
    says: [/The kwarg \\?"pages\\?" of the job \\?"count\\?" is of a wrong type\./],
  },
  'a kwarg that is no JSON': {
    code: "plan.task('since', { kwargs: { since: new Date() } });",
    says: [/This is no JSON value\. Give text, finite numbers/],
  },
  'a policy that is no data': {
    code: "plan.task('list', { kwargs: { site: 'a' }, policies: [withRetry({ delay: () => [1] })] });",
    says: [/'TaskPolicy' is not assignable to type 'PlanPolicy'/],
  },
  'a misspelt option': {
    code: 'tasks.task(() => 1, { prioritty: 1 });',
    says: [/'prioritty' does not exist in type 'TaskOptions/, /Did you mean to write 'priority'\?/],
  },
};

const messages = check(mistakes);

describe('the compiler says what is wrong', () => {
  it.each(Object.entries(mistakes))('with %s', (name, { says }) => {
    const message = messages.get(name);
    for (const words of says) expect(message).toMatch(words);
    expect(message!.length).toBeLessThan(900);
  });
});

/** The compiler's message for each snippet, one line each, which is an error of its own. */
function check(snippets: Readonly<Record<string, { readonly code: string }>>): Map<string, string> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const file = `${root}spec/types/mistakes.ts`; // exists here alone
  const names = Object.keys(snippets);
  const text = before + names.map((name) => snippets[name]!.code).join('\n');

  const config = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(`${root}tsconfig.json`, 'utf8')).config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noErrorTruncation: false, types: [] }, root);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => (name === file ? ts.createSourceFile(file, text, version) : read(name, version));
  const program = ts.createProgram([file], options, host);

  const firstLine = before.split('\n').length - 1;
  const source = program.getSourceFile(file);
  const found = new Map<string, string>();
  for (const { start = 0, messageText } of program.getSemanticDiagnostics(source)) {
    const name = names[source!.getLineAndCharacterOfPosition(start).line - firstLine] ?? 'what comes before them';
    found.set(name, ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return found;
}

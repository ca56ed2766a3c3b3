import type { TaskContext } from 'sluice';
import { describe, expect, it } from 'vitest';

import { read } from './example.ts';

// The compiler sees to it that these are all of them.
const context: Record<keyof TaskContext, true> = { signal: true, progress: true, run: true, id: true, name: true, attempt: true, waitUntil: true, annotate: true };

describe('the README', () => {
  it('names all that context has', () => {
    const [, list = ''] = /`context` has ([^.]*)\./.exec(read('README.md')) ?? [];
    expect(list.match(/(?<=`)\w+(?=`)/g)?.sort()).toEqual(Object.keys(context).sort());
  });
});

import { catchError, NEVER, type Observable, of } from 'rxjs';
import { TaskCancelledError, TaskManager, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { synchronous } from '../support/synchronous.ts';

// The README's recipe for going on without a failed upstream, and what it says of it.
const orNone = <T>(task: Observable<T>): Observable<T | undefined> => task.pipe(
  catchError((error: unknown) => {
    if (error instanceof TaskCancelledError) throw error;
    return of(undefined);
  }),
);

describe('catchError between two tasks', () => {
  it('lets the second go on when the first has failed', () => {
    const tasks = new TaskManager(synchronous);
    const picture = tasks.task((): string => { throw new Error('404'); });
    const card = tasks.task(({ picture }) => picture ?? 'no picture', { upstream: { picture: orNone(picture) } });
    expect(listen(card).heard).toEqual(['no picture', 'complete']);
    expect(picture.status).toBe('failed');
  });

  it('sees a cancel too, which passed on fails what is downstream', () => {
    const tasks = new TaskManager(synchronous);
    const picture = tasks.task(() => NEVER);
    const card = tasks.task(() => 1, { upstream: { picture: orNone(picture) } });
    const { heard } = listen(card);
    picture.cancel();
    expect(card.status).toBe('failed');
    expect(heard).toEqual([expect.any(UpstreamFailedError)]);
    expect((heard[0] as Error).cause).toBeInstanceOf(TaskCancelledError);
  });

  it('stops a cancel that reaches for all upstream', () => {
    const tasks = new TaskManager(synchronous);
    const picture = tasks.add(() => NEVER);
    const card = tasks.add(() => 1, { upstream: { picture: orNone(picture) } });
    card.cancel({ upstream: 'all' });
    expect([card.status, picture.status]).toEqual(['cancelled', 'running']);
  });

  it('keeps results downstream from being forgotten', () => {
    const tasks = new TaskManager(synchronous);
    let picture = 0;
    const first = tasks.task(() => ++picture);
    const card = tasks.task(({ picture }) => picture, { upstream: { picture: orNone(first) } });
    expect(listen(card).heard).toEqual([1, 'complete']);
    first.invalidate();
    expect([first.status, card.status]).toEqual(['idle', 'completed']);
    expect(listen(card).heard).toEqual([1, 'complete']);
  });
});

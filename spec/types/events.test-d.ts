import type { Patch } from 'immer';
import type { Observable } from 'rxjs';
import { groupState, groupStates, patches } from 'sluice';
import type { GroupFinished, ManagerState, Task, TaskCompleted, TaskEvent, TaskFailed, TaskManager, TaskState, TaskStatus } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;

describe('what a manager emits', () => {
  it('is told apart by type', () => {
    expectTypeOf(tasks.events$).toEqualTypeOf<Observable<TaskEvent>>();
    expectTypeOf(tasks.completed$).toEqualTypeOf<Observable<TaskCompleted>>();
    expectTypeOf(tasks.failed$).toEqualTypeOf<Observable<TaskFailed>>();
    expectTypeOf(tasks.groupFinished$).toEqualTypeOf<Observable<GroupFinished>>();
    tasks.events$.subscribe((event) => {
      if (event.type === 'completed') expectTypeOf(event.result).toEqualTypeOf<unknown>();
      if (event.type === 'failed') expectTypeOf(event.error).toEqualTypeOf<unknown>();
      if (event.type === 'groupFinished') expectTypeOf(event.group).toEqualTypeOf<string>();
      else expectTypeOf(event.task).toEqualTypeOf<Task<unknown>>();
      // @ts-expect-error not every event has a task
      String(event.task);
    });
  });

  it('is told apart by nothing but the types there are', () => {
    expectTypeOf<TaskEvent['type']>().toEqualTypeOf<'queued' | 'ready' | 'started' | 'yielded' | 'resumed' | 'annotated' | 'progress' | 'completed' | 'failed' | 'cancelled' | 'retrying' | 'skipped' | 'groupFinished'>();
    expectTypeOf<TaskStatus>().toEqualTypeOf<'idle' | 'waiting' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'skipped'>();
  });

  it('cannot be written to', () => {
    const { state } = tasks;
    // @ts-expect-error a snapshot is immutable
    state.status = 'idle';
    // @ts-expect-error down to its parts
    state.counts.queued = 1;
    // @ts-expect-error its groups are found by a function, as there may be many
    Object.is(state.groups['g'], undefined);
    // @ts-expect-error and may be missing
    groupState(state, 'g').valueOf();
    // @ts-expect-error they cannot be written to either
    groupStates(state)[0]!.paused = true;
    expectTypeOf(tasks.state$).toEqualTypeOf<Observable<ManagerState>>();
    expectTypeOf(patches(tasks)).toEqualTypeOf<Observable<readonly Patch[]>>();
    expectTypeOf(tasks.task(() => 1).state$).toEqualTypeOf<Observable<TaskState>>();
  });
});

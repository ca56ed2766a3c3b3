import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { TaskEvent } from 'sluice';

/** What becomes of tasks, without the steps of their runs that `spec/task/run-context.spec.ts` is about. */
export const mainEvents: MonoTypeOperatorFunction<TaskEvent> = filter(({ type }) => type !== 'ready' && type !== 'yielded' && type !== 'resumed');

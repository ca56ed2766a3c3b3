import { catchError, map, type Observable, of } from 'rxjs';

import { messageOf } from './census-error.ts';

/** What a task has brought, or why it has not. */
export interface Outcome<T> {
  readonly value?: T;
  readonly problem?: string;
}

/**
 * A task's outcome, which never fails. To be used as upstream where a failure must not pass on to what
 * is downstream: a broken package is a line in the report, and not the end of it.
 */
export function outcome<T>(task: Observable<T>): Observable<Outcome<T>> {
  return task.pipe(
    map((value) => ({ value })),
    catchError((error: unknown) => of({ problem: messageOf(error) })),
  );
}

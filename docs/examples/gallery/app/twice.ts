import { HttpErrorResponse } from '@angular/common/http';
import { throwError, timer } from 'rxjs';
import { withRetry } from 'sluice';

/** Two more attempts, the second later than the first. Meanwhile others have the slot. What there is not is not asked for again. */
export const twice = withRetry({
  count: 2,
  delay: (error: unknown, failures) => (isMissing(error) ? throwError(() => error) : timer(250 * 2 ** failures)),
});

/** Whether the server has said that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 404;
}

import { throwError } from 'rxjs';

/** Reports an error that no one can be given, the way RxJS does it: later, and as `config` says. */
export function reportUnhandledError(error: unknown): void {
  throwError(() => error).subscribe();
}

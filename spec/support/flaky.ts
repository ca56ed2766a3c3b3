import { map, type Observable, timer } from 'rxjs';

/** A function of a task that takes so many milliseconds, and fails so many times before it completes with `ok`. */
export function flaky(failures: number, duration = 1): () => Observable<string> {
  let calls = 0;
  return () => timer(duration).pipe(map(() => {
    if (calls++ < failures) throw new Error(`failed ${calls}`);
    return 'ok';
  }));
}

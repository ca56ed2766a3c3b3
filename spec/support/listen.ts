import type { Observable, Subscription } from 'rxjs';

export interface Heard {
  /** The values, then 'complete' or the error. */
  readonly heard: unknown[];
  readonly subscription: Subscription;
}

/** Subscribes, and writes down what comes. */
export function listen(source: Observable<unknown>): Heard {
  const heard: unknown[] = [];
  const subscription = source.subscribe({
    next: (value) => { heard.push(value); },
    error: (error: unknown) => { heard.push(error); },
    complete: () => { heard.push('complete'); },
  });
  return { heard, subscription };
}

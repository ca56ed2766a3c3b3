import { timer } from 'rxjs';

/** For the option `retry` of a task: two more attempts, the second later than the first. Meanwhile others have its slot. */
export const twice = { count: 2, delay: (_: unknown, failures: number) => timer(250 * 2 ** failures) };

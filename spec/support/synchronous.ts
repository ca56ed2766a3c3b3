import { queueScheduler } from 'rxjs';

/**
 * Options with which work starts inside the call that queues it. Without an end of the time slice: its
 * clock is the real one, and on a busy machine a spec would be in the middle when the slice is over.
 */
export const synchronous = { host: queueScheduler, timeSlice: Infinity } as const;

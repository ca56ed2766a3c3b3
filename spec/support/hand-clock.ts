import { asapScheduler, type SchedulerLike } from 'rxjs';

/** A host whose clock goes only when it is put forward by hand. It calls in a microtask, as the default host does. */
export class HandClock implements SchedulerLike {
  time = 0;

  now(): number {
    return this.time;
  }

  readonly schedule: SchedulerLike['schedule'] = asapScheduler.schedule.bind(asapScheduler);
}

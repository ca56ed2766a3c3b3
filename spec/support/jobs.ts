import { Observable, type Subscription } from 'rxjs';
import { type LaneOptions, type PriorityScheduler, queueOn } from 'sluice';

/** Work that holds its slot until it is unsubscribed from, and a log of what starts and stops. */
export class Jobs {
  /** `+a` when `a` has started, `-a` when it has been torn down. */
  readonly log: string[] = [];
  /** How many have run at once, at most. */
  peak = 0;
  #running = 0;
  readonly #scheduler: PriorityScheduler;

  constructor(scheduler: PriorityScheduler) {
    this.#scheduler = scheduler;
  }

  /** Queues one. */
  queue(name: string, options: LaneOptions = {}): Subscription {
    return this.work(name).pipe(queueOn(this.#scheduler, options)).subscribe({ error: () => {} });
  }

  /** The work itself, which does not wait for a slot. */
  work(name: string): Observable<never> {
    return new Observable<never>(() => {
      this.log.push(`+${name}`);
      this.peak = Math.max(this.peak, ++this.#running);
      return () => {
        this.log.push(`-${name}`);
        this.#running--;
      };
    });
  }
}

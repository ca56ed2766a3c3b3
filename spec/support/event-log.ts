import type { TaskManager } from 'sluice';

import { describeEvent } from './describe-event.ts';
import { mainEvents } from './main-events.ts';

/** What happens in a manager, as `time event name`, with the number of the attempt where there is one. */
export function eventLog(tasks: TaskManager): string[] {
  const log: string[] = [];
  tasks.events$.pipe(mainEvents).subscribe((event) => {
    log.push(`${event.time} ${describeEvent(event)}${'attempt' in event ? ` ${event.attempt}` : ''}`);
  });
  return log;
}

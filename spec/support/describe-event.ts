import type { TaskEvent } from 'sluice';

/** An event as a few words, such as `started load` or `groupFinished api`. */
export function describeEvent(event: TaskEvent): string {
  if (event.type === 'groupFinished') return `groupFinished ${event.group}`;
  if (event.type === 'cancelled' && event.withdrawn) return `withdrawn ${event.task.name}`;
  return `${event.type} ${event.task.name}`;
}

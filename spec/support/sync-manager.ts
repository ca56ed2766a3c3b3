import { queueScheduler } from 'rxjs';
import { TaskManager, type TaskManagerOptions } from 'sluice';

/**
 * A manager in which work starts inside the call that lets it start. It never gives way to the event
 * loop: what a spec sees must not depend on how fast the machine is.
 */
export function syncManager(options: Omit<TaskManagerOptions, 'host' | 'timeSlice'> = {}): TaskManager {
  return new TaskManager({ ...options, host: queueScheduler, timeSlice: Infinity });
}

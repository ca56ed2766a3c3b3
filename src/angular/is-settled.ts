import type { TaskStatus } from '../index.ts';

/** Whether a task of this status is neither waiting, nor queued, nor running: settled, or idle. */
export function isSettled(status: TaskStatus): boolean {
  return status !== 'waiting' && status !== 'queued' && status !== 'running';
}

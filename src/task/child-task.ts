import { lastValueFrom, Subscription, throwIfEmpty } from 'rxjs';

import { reconsider } from './inherit-priority.ts';
import type { Task } from './task.ts';
import type { TaskNode } from './task-node.ts';
import type { TaskRun } from './task-run.ts';

/**
 * Runs a task for a function that waits for it. Meanwhile the function has no slot, so that tasks
 * within tasks cannot block each other; it gets one again, in its turn, before it is told the result.
 */
export function runChild<T>(node: TaskNode, run: TaskRun, child: Task<T>): Promise<T> {
  const own = node.registry.own(child);
  if (own) adopt(own, node);
  if (own?.status === 'completed') return lastValueFrom(child);
  const promise = new Promise<T>((resolve, reject) => {
    const { signal } = run;
    if (signal.aborted || node.current !== run) {
      reject(signal.reason as Error);
      return;
    }
    lend(node, run, child);
    const subscription = new Subscription();
    // Also while it waits for its slot, and while the child is being subscribed to.
    const abort = (): void => {
      subscription.unsubscribe();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    let last: unknown;
    const end = (tell: () => void): void => {
      takeBack(node, run, child, () => {
        signal.removeEventListener('abort', abort);
        tell();
      });
    };
    subscription.add(child.pipe(throwIfEmpty()).subscribe({
      next: (value) => { last = value; },
      error: (error: Error) => { end(() => { reject(error); }); },
      complete: () => { end(() => { resolve(last as T); }); },
    }));
  });
  // The function that waits for it may be gone already.
  promise.catch(() => undefined);
  return promise;
}

/** A child that says nothing else is of its parent's group and priority. */
function adopt(child: TaskNode, parent: TaskNode): void {
  if (child.phase !== 'idle') return;
  child.group ??= parent.group;
  if (child.priority === 0) child.priority = parent.priority;
}

function lend(node: TaskNode, run: TaskRun, child: Task<unknown>): void {
  const { children } = node.extra;
  children.push(child);
  if (children.length > 1) return;
  if (node.position !== -1) node.record.remove(node); // it was about to get its slot back
  node.move(node.phase as 'running' | 'queued', 'waiting');
  run.lend();
  node.registry.tell();
}

function takeBack(node: TaskNode, run: TaskRun, child: Task<unknown>, tell: () => void): void {
  if (node.current !== run) {
    tell();
    return;
  }
  const { children, told } = node.extra;
  children.splice(children.indexOf(child), 1);
  told.push(tell);
  // Not while it waits for another: with its slot it would stand in that one's way.
  if (children.length > 0) return;
  node.move('waiting', 'queued');
  if (node.registry.inherits) reconsider(node);
  node.record.add(node);
  node.registry.wake();
}

/** The function has its slot again. */
export function resume(node: TaskNode, run: TaskRun): void {
  node.move('queued', 'running');
  run.reclaim();
  node.registry.tell();
  for (const tell of node.extra.told.splice(0)) tell();
}

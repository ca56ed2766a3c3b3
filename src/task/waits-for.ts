import { runAccess } from './run-access.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The way on which a task waits for another: through upstream, what functions run, and Observables between tasks.
 *
 * @returns the tasks from the one to the other, or undefined if it does not wait for it
 */
export function waitsFor(task: TaskNode, other: TaskNode): readonly TaskNode[] | undefined {
  const { registry } = task;
  // Each that was reached, with the one from which it was.
  const reached = new Map<TaskNode, TaskNode | undefined>([[task, undefined]]);
  for (const each of reached.keys()) {
    if (each === other) {
      const path: TaskNode[] = [];
      for (let step: TaskNode | undefined = each; step; step = reached.get(step)) path.unshift(step);
      return path;
    }
    if (each.status === 'completed') continue;
    const next = [
      ...each.definition.upstream.map((source) => source.task),
      ...(runAccess.children(each.current)?.tasks ?? []).map((child) => registry.own(child)),
      ...each.extras?.through ?? [],
    ];
    for (const one of next) if (one && !reached.has(one)) reached.set(one, each);
  }
  return undefined;
}

import type { MergeSource } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The combinations of upstream values that a live task has still to run for, where a new one does not
 * replace the one before: RxJS's `concatMap` and `exhaustMap` behind its `combineLatest`.
 */

/** A new combination has come. Whether the task is to be queued for it. */
export function offer({ definition, extra, links }: TaskNode): boolean {
  const { combinations } = extra;
  if (combinations.length > 0 && definition.flatten === 'exhaust') return false;
  for (const link of links) link.freeze();
  combinations.push(links.map(({ value }) => value));
  return combinations.length === 1;
}

/** What the run is to be called with: the values of its own time, not the latest. */
export function combined({ extra, links }: TaskNode): MergeSource[] {
  const values = extra.combinations[0] ?? [];
  return links.map(({ name, key }, i) => ({ name, key, value: values[i] }));
}

import type { MergeSource } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The combinations of upstream values that a live task has still to run for, where a new one does not
 * replace the one before: RxJS's `concatMap` and `exhaustMap` behind its `combineLatest`.
 */

/** A new combination has come. Whether the task is to be queued for it. */
export function offer({ definition, extra, links }: TaskNode): boolean {
  const combinations = (extra.combinations ??= []);
  if (combinations.length > 0 && definition.rules.flatten === 'exhaust') return false;
  combinations.push(links.map(({ value }) => value));
  return combinations.length === 1;
}

/** What a run is called with, frozen where it is shared. Combinations that wait have the values of their own time. */
export function inputs({ extras, links }: TaskNode): readonly MergeSource[] {
  if (links.length === 0) return links;
  const values = extras?.combinations?.[0];
  for (const [i, link] of links.entries()) link.freeze(values ? values[i] : link.value);
  return values ? links.map(({ name, key }, i) => ({ name, key, value: values[i] })) : links;
}

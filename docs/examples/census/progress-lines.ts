import { distinctUntilChanged, filter, map, merge, type Subscription } from 'rxjs';
import type { TaskGroup } from 'sluice';

/** A line for each quarter of a group that is done, and one at its end. */
export function progressLines(groups: readonly TaskGroup[], stream: NodeJS.WritableStream): Subscription {
  return merge(...groups.flatMap((group) => [quarters(group), end(group)])).subscribe((line) => { stream.write(`${line}\n`); });
}

const quarters = ({ name, progress$ }: TaskGroup) =>
  progress$.pipe(
    map(({ fraction }) => Math.floor(fraction * 4) * 25),
    distinctUntilChanged(),
    filter((percent) => percent > 0 && percent < 100),
    map((percent) => `${name}: ${percent} %`),
  );

const end = ({ name, finished$ }: TaskGroup) =>
  finished$.pipe(map(({ counts: { completed, failed } }) => `${name}: ${completed} done${failed > 0 ? `, ${failed} failed` : ''}`));

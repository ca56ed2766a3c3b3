import { MultiBar } from 'cli-progress';
import { Subscription } from 'rxjs';
import type { TaskGroup } from 'sluice';

/** A bar for each group. */
export function progressBars(groups: readonly TaskGroup[], stream: NodeJS.WritableStream): Subscription {
  const bars = new MultiBar({
    stream,
    format: '{group} {bar} {percentage} %  {done} of {of}',
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    autopadding: true,
    emptyOnZero: true,
    hideCursor: true,
    gracefulExit: false, // Ctrl-C is ours: it unsubscribes
  });
  const shown = new Subscription(() => { bars.stop(); });
  for (const { name, progress$ } of groups) {
    const bar = bars.create(1, 0, { group: name.padEnd(9), done: 0, of: 0 });
    shown.add(progress$.subscribe(({ done, total, fraction }) => { bar.update(fraction, { done, of: total }); }));
  }
  return shown;
}

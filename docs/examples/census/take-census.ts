import { fromEvent, lastValueFrom, type Observable, of, Subscription, take } from 'rxjs';
import { TaskManager } from 'sluice';

import type { Census } from './census.ts';
import { censusTask } from './census-task.ts';
import { findPackages } from './find-packages.ts';
import { hashPool } from './hash-pool.ts';
import type { Options } from './options.ts';
import { showProgress, type Terminal } from './show-progress.ts';

/** Counts the packages of a folder, or as many of them as there is time for until `signal` is aborted. */
export async function takeCensus(
  { folder, concurrency, threads, progress }: Pick<Options, 'folder' | 'concurrency' | 'threads' | 'progress'>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Census> {
  const packages = await findPackages(folder, signal);

  // Half of the slots for each kind of slow work, so that neither keeps the other from starting.
  const half = Math.ceil(concurrency / 2);
  await using pool = threads > 0 ? hashPool(threads) : undefined;
  await using tasks = new TaskManager({
    concurrency,
    groups: { manifests: { concurrency }, files: { concurrency: half }, hashes: pool?.limits ?? { concurrency: half } },
  });
  const shown = progress ? showProgress(tasks, terminal) : Subscription.EMPTY;

  const census = lastValueFrom(censusTask(tasks, folder, packages, pool?.hashFiles));

  // The packages that are not done are cancelled, with whatever they are waiting for. The census is
  // downstream of them: it is told to go on without, and so reports those that are done.
  const interruption = aborted(signal).subscribe(() => {
    shown.unsubscribe();
    tasks.group('packages').cancel({ downstream: false });
  });

  try {
    return await census;
  } finally {
    interruption.unsubscribe();
    shown.unsubscribe();
  }
}

function aborted(signal: AbortSignal): Observable<unknown> {
  return signal.aborted ? of(undefined) : fromEvent(signal, 'abort').pipe(take(1));
}

import { firstValueFrom, type Observable, of, type Subscription } from 'rxjs';
import { type GroupFinished, queueOn, TaskManager, type TaskEvent, UpstreamFailedError, withRate } from 'sluice';
import { workerPool, type WorkerContext } from 'sluice/workers';

/** Compiles only if each type comes out as it should, in whatever version of TypeScript. */
export function consume(): Promise<number> {
  const tasks = new TaskManager({ concurrency: 2, groups: { api: { policies: [withRate({ limit: 10, per: 1_000 })] } } });
  const user = tasks.task(async () => ({ id: 7, name: 'Ada' }), { name: 'user' });
  const size = tasks.task(() => of(256), { group: 'api', priority: 1 });

  const merged = tasks.add(({ id, name }) => id + name.length, { upstream: [user] });
  const keyed = tasks.add(({ user, size }, { signal }) => (signal.aborted ? '' : user.name.repeat(size)), { upstream: { user, size } });
  const args = tasks.add((by: number, { width }) => by * width, { args: [2], kwargs: { width: 3 } });

  // @ts-expect-error: a kwarg that is supplied twice
  tasks.task(({ id }) => id, { kwargs: { id: 1 }, upstream: [user] });
  // @ts-expect-error: no such kwarg
  tasks.task(({ nobody }) => { console.log(nobody); }, { upstream: [user] });
  // @ts-expect-error: no such option
  tasks.task(() => 1, { prioritty: 1 });

  const finished: Observable<GroupFinished> = tasks.group('api').finished$;
  const watching: Subscription = tasks.events$.subscribe((event: TaskEvent) => { console.log(event.type, event.time); });
  watching.add(finished.pipe(queueOn(tasks.scheduler)).subscribe(({ counts }) => { console.log(counts.completed.toFixed()); }));
  keyed.subscribe({ next: (text: string) => { console.log(text); }, error: (error) => { if (error instanceof UpstreamFailedError) console.log(error.path.join()); } });

  const pool = workerPool<{ add(kwargs: { a: number; b: number }, context: WorkerContext): number }>(() => new Worker('add.js'));
  const sum: Observable<number> = tasks.add(pool.add, { kwargs: { a: 1, b: 2 } });

  // Both can be closed by `await using`, where there is such a thing.
  const disposable: AsyncDisposable[] = [tasks, pool];
  console.log(disposable.length);
  return Promise.all([firstValueFrom(merged), firstValueFrom(args), firstValueFrom(sum)]).then(([a, b, c]) => a + b + c);
}

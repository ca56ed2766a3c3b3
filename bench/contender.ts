import type { CancelLoad } from './workloads/cancel-load.ts';
import type { GraphLoad } from './workloads/graph-load.ts';
import type { QueueLoad } from './workloads/queue-load.ts';

/**
 * One that is compared: how it does each kind of work. A kind it has no means for is left out.
 *
 * A method queues all the load there is before it returns or awaits anything. The load finds out by
 * itself when it is done.
 */
export interface Contender {
  /** Whether it knows no priorities, and starts what waits in the order it was queued. */
  readonly fifo?: boolean;
  /** Whether what has got another priority goes behind its equals, instead of keeping its place. */
  readonly movesBehind?: boolean;
  /** Whether it runs everything at once that can run, as it has no limit. */
  readonly unlimited?: boolean;

  /** Can be left out as a whole or, by throwing `Unable`, for some loads. */
  readonly queue?: (load: QueueLoad) => void | Promise<void>;
  /** As `queue`, but each result is asked for before its task is queued. */
  readonly cold?: (load: QueueLoad) => void | Promise<void>;
  /** As `queue`, but it is Observables that wait. */
  readonly observables?: (load: QueueLoad) => void | Promise<void>;
  readonly groups?: (load: QueueLoad) => void | Promise<void>;
  readonly graph?: (load: GraphLoad) => void | Promise<void>;
  /** Queues the load, and returns what cancels the root. */
  readonly cancelRoot?: (load: CancelLoad) => () => void;
}

/** What a contender throws at a load that it has no means for: a blank in the table. */
export class Unable extends Error {
  override readonly name = 'Unable';
}

const OURS = ['bare', 'promise', 'sluice', 'sluice-watched', 'sluice-patched', 'sluice-policies', 'sluice-before'];
const PEERS = ['p-queue', 'p-graph', 'p-limit', 'rxjs', 'fastq'];

export const CONTENDERS: readonly string[] = [...OURS, ...PEERS];

/** Loads no more than the one that is measured. */
export async function loadContender(name: string): Promise<Contender> {
  const folder = PEERS.includes(name) ? 'peers' : 'contenders';
  const module = (await import(`./${folder}/${name}.ts`)) as { readonly contender: Contender };
  return module.contender;
}

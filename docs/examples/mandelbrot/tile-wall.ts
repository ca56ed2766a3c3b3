import { type Observable, Subject } from 'rxjs';
import { type Task, TaskCancelledError, type TaskManager } from 'sluice';
import type { WorkerPool } from 'sluice/workers';

import type { painting } from './paint.worker.ts';
import { type View, wantedTiles } from './wanted-tiles.ts';

/** In pixels. */
export const SIDE = 256;
/** Tiles each way. */
export const COUNT = 12;

/** What the wall shows: the point in its middle, the length of its side, and how closely it looks. */
export interface Scene {
  readonly re: number;
  readonly im: number;
  readonly span: number;
  readonly detail: number;
}

interface Tile {
  readonly task: Task<Uint8ClampedArray<ArrayBuffer>>;
  visible: boolean;
}

/** The tiles of a scene: painted while they are wanted, cancelled when they are not any more. */
export class TileWall {
  readonly #element: HTMLElement;
  readonly #tasks: TaskManager;
  readonly #pool: WorkerPool<typeof painting>;
  readonly #tiles = new Map<string, Tile>();
  readonly #changed = new Subject<void>();
  #scene: Scene;

  constructor(element: HTMLElement, tasks: TaskManager, pool: WorkerPool<typeof painting>, scene: Scene) {
    this.#element = element;
    this.#tasks = tasks;
    this.#pool = pool;
    this.#scene = scene;
    element.style.width = element.style.height = `${SIDE * COUNT}px`;
  }

  get scene(): Scene {
    return this.#scene;
  }

  /** Emits when `visible` may have changed. */
  get changed$(): Observable<void> {
    return this.#changed;
  }

  /** How many of the tiles in view are painted. */
  get visible(): { readonly painted: number; readonly total: number } {
    const visible = [...this.#tiles.values()].filter((tile) => tile.visible);
    return { painted: visible.filter(({ task }) => task.status === 'completed').length, total: visible.length };
  }

  /** Begins anew: what was painted is gone, and what is being painted is cancelled. */
  show(scene: Scene): void {
    this.#tasks.group('tiles').cancel();
    this.#tiles.clear();
    this.#element.replaceChildren();
    this.#scene = scene;
  }

  /** Has painted what can be seen, then what is next to it. */
  look(view: View): void {
    const wanted = new Map(wantedTiles(view, SIDE, COUNT).map((tile) => [`tile ${tile.column},${tile.row}`, tile]));
    for (const [name, tile] of this.#tiles) {
      tile.visible = wanted.get(name)?.visible ?? false;
      if (wanted.has(name) || tile.task.status === 'completed') continue;
      this.#tiles.delete(name);
      tile.task.cancel();
    }
    for (const [name, { column, row, visible, priority }] of wanted) {
      const known = this.#tiles.get(name);
      if (known === undefined) this.#tiles.set(name, { task: this.#paint(name, column, row, priority), visible });
      else known.task.setPriority(priority);
    }
    this.#changed.next();
  }

  #paint(name: string, column: number, row: number, priority: number): Task<Uint8ClampedArray<ArrayBuffer>> {
    const { re, im, span, detail } = this.#scene;
    const side = span / COUNT;
    const task = this.#tasks.add(this.#pool.paint, {
      name,
      group: 'tiles',
      priority,
      kwargs: { left: re - span / 2 + column * side, top: im - span / 2 + row * side, side, pixels: SIDE, detail },
    });
    task.subscribe({
      next: (bytes) => { this.#hang(bytes, column, row); },
      error: (error: unknown) => { if (!(error instanceof TaskCancelledError)) throw error; },
      complete: () => { this.#changed.next(); },
    });
    return task;
  }

  #hang(bytes: Uint8ClampedArray<ArrayBuffer>, column: number, row: number): void {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIDE;
    canvas.style.left = `${column * SIDE}px`;
    canvas.style.top = `${row * SIDE}px`;
    canvas.getContext('2d')?.putImageData(new ImageData(bytes, SIDE), 0, 0);
    this.#element.append(canvas);
  }
}

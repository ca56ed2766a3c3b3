import { auditTime, animationFrameScheduler, filter, fromEvent, map, merge, scan, startWith, switchMap, takeUntil, tap } from 'rxjs';
import { TaskManager } from 'sluice';
import { workerPool } from 'sluice/workers';

import type { painting } from './paint.worker.ts';
import { COUNT, type Scene, SIDE, TileWall } from './tile-wall.ts';

const find = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const plane = find('plane');
const status = find('status');
const detail = find<HTMLSelectElement>('detail');
const pause = find<HTMLButtonElement>('pause');

const pool = workerPool<typeof painting>(() => new Worker(new URL('./paint.worker.js', import.meta.url), { type: 'module' }));
const tasks = new TaskManager({ groups: { tiles: pool.limits } });
const tiles = tasks.group('tiles');
const wall = new TileWall(find('tiles'), tasks, pool, { re: -0.6, im: 0, span: 8, detail: Number(detail.value) });

// What is in view decides what is painted, and in which order; looked at once a frame.
const look = (): void => { wall.look({ left: plane.scrollLeft, top: plane.scrollTop, width: plane.clientWidth, height: plane.clientHeight }); };
merge(fromEvent(plane, 'scroll'), fromEvent(window, 'resize')).pipe(auditTime(0, animationFrameScheduler)).subscribe(look);

const show = (scene: Partial<Scene>): void => {
  wall.show({ ...wall.scene, ...scene });
  look();
};

/** A point of the view, in pixels from its middle. */
interface Place {
  readonly x: number;
  readonly y: number;
}

const MIDDLE: Place = { x: 0, y: 0 };

/** Looks closer at the point of the plane that is at this place in the view, and leaves it there. */
const zoom = (factor: number, { x, y }: Place = MIDDLE): void => {
  const { re, im, span } = wall.scene;
  const pixel = span / (COUNT * SIDE);
  /** Where the middle of the view is to be: the place keeps its point, as pixels become smaller by `factor`. */
  const shift = (start: number, length: number, place: number): number => (start + length / 2 - COUNT * SIDE / 2 + place * (1 - 1 / factor)) * pixel;
  const scene = { re: re + shift(plane.scrollLeft, plane.clientWidth, x), im: im + shift(plane.scrollTop, plane.clientHeight, y), span: span / factor };
  centre();
  show(scene);
};

const centre = (): void => { plane.scrollTo((COUNT * SIDE - plane.clientWidth) / 2, (COUNT * SIDE - plane.clientHeight) / 2); };

const keys = fromEvent<KeyboardEvent>(plane, 'keydown').pipe(
  map(({ key }) => ({ '+': 2, '=': 2, '-': 0.5 })[key]),
  filter((factor) => factor !== undefined),
);
merge(fromEvent(find('in'), 'click').pipe(map(() => 2)), fromEvent(find('out'), 'click').pipe(map(() => 0.5)), keys).subscribe((factor) => { zoom(factor); });

// A wheel tells of many small steps: each hundred pixels of them are one step here, at the pointer.
const STEP = 100;
fromEvent<WheelEvent>(plane, 'wheel', { passive: false }).pipe(
  tap((event) => { event.preventDefault(); }), // which would scroll the view, or with Ctrl zoom the page
  scan(({ left }, { deltaY, deltaMode, clientX, clientY }) => {
    const moved = left + (deltaMode === WheelEvent.DOM_DELTA_PIXEL ? deltaY : Math.sign(deltaY) * STEP);
    const steps = Math.trunc(moved / STEP);
    return { left: moved - steps * STEP, steps, clientX, clientY };
  }, { left: 0, steps: 0, clientX: 0, clientY: 0 }),
  filter(({ steps }) => steps !== 0),
).subscribe(({ steps, clientX, clientY }) => {
  const { left, top, width, height } = plane.getBoundingClientRect();
  zoom(2 ** -steps, { x: clientX - left - width / 2, y: clientY - top - height / 2 });
});

// Touch scrolls by itself; a mouse drags, as its wheel zooms.
fromEvent<PointerEvent>(plane, 'pointerdown').pipe(
  filter(({ button, pointerType }) => button === 0 && pointerType === 'mouse'),
  tap(({ pointerId }) => { plane.setPointerCapture(pointerId); }),
  switchMap(() => fromEvent<PointerEvent>(plane, 'pointermove').pipe(takeUntil(merge(fromEvent(plane, 'pointerup'), fromEvent(plane, 'pointercancel'))))),
).subscribe(({ movementX, movementY }) => { plane.scrollBy(-movementX, -movementY); });
fromEvent(detail, 'change').subscribe(() => { show({ detail: Number(detail.value) }); });
fromEvent(pause, 'click').subscribe(() => {
  if (tiles.paused) tiles.resume();
  else tiles.pause();
  pause.ariaPressed = String(tiles.paused);
});

// Few words, and not each tile: a screen reader reads them out.
wall.changed$.pipe(startWith(undefined), auditTime(100)).subscribe(() => {
  const { painted, total } = wall.visible;
  status.textContent = painted === total ? `All ${total} tiles in view are painted.` : `${painted} of ${total} tiles in view are painted.`;
});

// Not read out, but seen without opening anything: above all what has been cancelled.
const counts = { painted: find('painted'), running: find('running'), queued: find('queued'), cancelled: find('cancelled') };
tasks.state$.pipe(map(({ counts: { completed, running, queued, cancelled } }) => ({ painted: completed, running, queued, cancelled })))
  .subscribe((now) => { for (const [name, element] of Object.entries(counts)) element.textContent = String(now[name as keyof typeof now]); });

const log = find('log');
tasks.events$.pipe(filter(({ type }) => type !== 'progress')).subscribe((event) => {
  if (!('task' in event)) return;
  const line = document.createElement('li');
  line.textContent = `${event.type} ${event.task.name}`;
  log.append(line);
});

centre();
look();
plane.focus();

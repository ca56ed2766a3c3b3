import { auditTime, animationFrameScheduler, filter, fromEvent, map, merge, startWith } from 'rxjs';
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

/** Makes a point that is in the middle of the view that of the wall, and looks closer at it. */
const zoom = (factor: number): void => {
  const { re, im, span } = wall.scene;
  const pixel = span / (COUNT * SIDE);
  const fromMiddle = (start: number, length: number): number => (start + length / 2 - COUNT * SIDE / 2) * pixel;
  const scene = { re: re + fromMiddle(plane.scrollLeft, plane.clientWidth), im: im + fromMiddle(plane.scrollTop, plane.clientHeight), span: span / factor };
  centre();
  show(scene);
};

const centre = (): void => { plane.scrollTo((COUNT * SIDE - plane.clientWidth) / 2, (COUNT * SIDE - plane.clientHeight) / 2); };

const keys = fromEvent<KeyboardEvent>(plane, 'keydown').pipe(
  map(({ key }) => ({ '+': 2, '=': 2, '-': 0.5 })[key]),
  filter((factor) => factor !== undefined),
);
merge(fromEvent(find('in'), 'click').pipe(map(() => 2)), fromEvent(find('out'), 'click').pipe(map(() => 0.5)), keys).subscribe(zoom);
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

import { fileURLToPath } from 'node:url';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test as base } from 'playwright/test';

import { type PageServer, startPageServer } from '../page-server.ts';

const screenshot = fileURLToPath(new URL('../../../../reports/mandelbrot.png', import.meta.url));

/** Errors in the console fail a test. */
const test = base.extend<{ server: PageServer; consoleWatch: undefined }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads here that it needs no other fixture.
  server: async ({}, use) => {
    await using server = await startPageServer();
    await use(server);
  },
  baseURL: async ({ server }, use) => { await use(server.url); },
  consoleWatch: [async ({ page }, use) => {
    const errors: string[] = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) errors.push(message.text()); });
    page.on('pageerror', (error) => { errors.push(String(error)); });
    await use(undefined);
    expect(errors).toEqual([]);
  }, { auto: true }],
});

const SIDE = 256;

/** The tiles that something has happened to, in the order in which it has. */
const tiles = async (page: Page, event: 'queued' | 'started' | 'completed' | 'cancelled'): Promise<string[]> =>
  (await page.locator('#log li').allTextContents()).filter((line) => line.startsWith(event)).map((line) => line.slice(event.length + 1));

/** Tiles that are in view, those nearest to its middle first, each with its distance. */
const inView = (page: Page): Promise<{ name: string; distance: number }[]> => page.locator('#plane').evaluate((plane, side) => {
  const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = plane;
  const found: { name: string; distance: number }[] = [];
  for (let row = 0; row < 12; row++) {
    for (let column = 0; column < 12; column++) {
      const [x, y] = [column * side, row * side];
      if (x + side <= left || x >= left + width || y + side <= top || y >= top + height) continue;
      found.push({ name: `tile ${column},${row}`, distance: Math.hypot(x + side / 2 - left - width / 2, y + side / 2 - top - height / 2) });
    }
  }
  return found.sort((a, b) => a.distance - b.distance);
}, SIDE);

/** Opens the page and pauses it before anything has been painted that a test is about: a scene of its own, and nothing done of it. */
async function openPaused(page: Page): Promise<void> {
  await page.goto('');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByLabel('Detail').selectOption('low');
  // All that was started or queued before belongs to the scene that is gone.
  await page.locator('#log').evaluate((log) => { log.replaceChildren(); });
}

async function scroll(page: Page, left: number, top: number): Promise<void> {
  const before = await tiles(page, 'queued');
  await page.locator('#plane').evaluate((plane, to) => { plane.scrollTo(to); }, { left, top });
  await expect.poll(async () => (await tiles(page, 'queued')).length).toBeGreaterThan(before.length);
}

test('paints what is in view first, from the middle outwards, then what is next to it', async ({ page }) => {
  await openPaused(page);
  await scroll(page, 300, 400); // so that no two tiles are as far from the middle
  const seen = await inView(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('status')).toHaveText(`All ${seen.length} tiles in view are painted.`);
  const started = await tiles(page, 'started');
  const place = new Map(seen.map(({ name, distance }) => [name, distance]));
  expect(started.slice(0, seen.length).map((name) => place.get(name))).toEqual(seen.map(({ distance }) => distance));
  // The others are painted as well, once those are.
  const others = await tiles(page, 'queued').then((queued) => queued.length);
  expect(others).toBeGreaterThan(seen.length);
});

test('cancels what is scrolled past before it is painted, and never starts it', async ({ page }) => {
  await openPaused(page);
  await scroll(page, 0, 0);
  const passed = (await inView(page)).map(({ name }) => name);
  await scroll(page, 2_000, 2_200);
  const cancelled = await tiles(page, 'cancelled');
  expect(cancelled).toEqual(expect.arrayContaining(passed));
  const seen = (await inView(page)).map(({ name }) => name);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('status')).toHaveText(`All ${seen.length} tiles in view are painted.`);
  const started = await tiles(page, 'started');
  expect(started.slice(0, seen.length).sort()).toEqual([...seen].sort());
  expect(started.filter((name) => passed.includes(name))).toEqual([]);
});

test('cancels what is being painted when the view is zoomed, and goes on with the new one', async ({ page }) => {
  await page.goto('');
  await page.getByLabel('Detail').selectOption('endless');
  await page.locator('#log').evaluate((log) => { log.replaceChildren(); });
  await page.getByRole('button', { name: 'Zoom in' }).click(); // the middle is of the set: it is painted for ever
  const running = async (): Promise<string[]> => {
    const [started, completed] = [await tiles(page, 'started'), await tiles(page, 'completed')];
    return started.filter((name) => !completed.includes(name));
  };
  await expect.poll(running).not.toEqual([]);
  const stuck = await running();
  await page.getByLabel('Detail').selectOption('low');
  expect(await tiles(page, 'cancelled')).toEqual(expect.arrayContaining(stuck));
  await expect(page.getByRole('status')).toHaveText(/^All \d+ tiles in view are painted\.$/);
});

test('is worked with the keyboard alone, and tells what it does', async ({ page }) => {
  await page.goto('');
  const plane = page.getByRole('region', { name: 'The Mandelbrot set' });
  await expect(plane).toBeFocused();
  const status = page.getByRole('status');
  await expect(status).toHaveAttribute('aria-live', 'polite');
  await expect(status).toHaveText(/^All \d+ tiles in view are painted\.$/);

  const top = await plane.evaluate(({ scrollTop }) => scrollTop);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => plane.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(top);
  await page.locator('#log').evaluate((log) => { log.replaceChildren(); });
  await page.keyboard.press('+');
  await expect.poll(() => tiles(page, 'queued')).not.toEqual([]);
  await expect(status).toHaveText(/^All \d+ tiles in view are painted\.$/);

  for (const name of ['Pause', 'Detail', 'Zoom out', 'Zoom in']) {
    await page.keyboard.press('Shift+Tab');
    await expect(page.getByLabel(name).or(page.getByRole('button', { name }))).toBeFocused();
  }
  await expect(page.locator('canvas').first()).toHaveCSS('animation-name', 'none'); // as reduced motion is asked for
});

test('looks like the Mandelbrot set', async ({ page }) => {
  await page.goto('');
  await expect(page.getByRole('status')).toHaveText(/^All \d+ tiles in view are painted\.$/);
  await page.screenshot({ path: screenshot });
  // The colour of points of the complex plane: of the set, and not.
  const colours = await page.locator('#plane').evaluate((plane, side) => {
    const wall = side * 12;
    const box = plane.getBoundingClientRect();
    const at = (re: number, im: number): string => {
      const [x, y] = [(re + 0.6) / 8 * wall + wall / 2, im / 8 * wall + wall / 2];
      const element = document.elementFromPoint(box.left + x - plane.scrollLeft, box.top + y - plane.scrollTop) as HTMLCanvasElement;
      return element.getContext('2d')!.getImageData(x % side, y % side, 1, 1).data.join();
    };
    return { inside: [at(0, 0), at(-1, 0)], outside: [at(0.5, 0.5), at(-1.5, 0.5)] };
  }, SIDE);
  expect(colours.inside).toEqual(['0,0,0,255', '0,0,0,255']);
  expect(colours.outside).not.toContain('0,0,0,255');
});

test('has nothing that axe finds fault with', async ({ page }) => {
  await page.goto('');
  await expect(page.getByRole('status')).toHaveText(/^All \d+ tiles in view are painted\.$/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
});

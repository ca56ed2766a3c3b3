import { fileURLToPath } from 'node:url';

import { test as base, type Page } from 'playwright/test';

import { type GalleryServer, startGalleryServer } from '../server/gallery-server.ts';
import type { Entry } from '../server/request-log.ts';

const app = fileURLToPath(new URL('../dist/browser', import.meta.url));

/** Each test has a server of its own, which answers at once and holds what it is told to. Errors in the console fail it. */
export const test = base.extend<{ server: GalleryServer; statusesExpected: number[]; consoleWatch: undefined }>({
  /** The browser writes of each failed answer. These are meant to fail. */
  statusesExpected: [[], { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads here that it needs no other fixture.
  server: async ({}, use) => {
    const server = await startGalleryServer(app);
    server.conditions.latency = 0;
    await use(server);
    await server.close();
  },
  baseURL: async ({ server }, use) => { await use(server.url); },
  consoleWatch: [async ({ page, statusesExpected }, use) => {
    const errors: string[] = [];
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (statusesExpected.some((status) => text.startsWith(`Failed to load resource: the server responded with a status of ${status}`))) return;
      errors.push(text);
    });
    page.on('pageerror', (error) => { errors.push(String(error)); });
    await use(undefined);
    if (errors.length > 0) throw new Error(`The console has errors:\n${errors.join('\n')}`);
  }, { auto: true }],
});

export { expect } from 'playwright/test';

/** The ids of the photos that were asked for, in this order. */
export function ids(entries: readonly Entry[]): number[] {
  return entries.map(({ path }) => Number(path.split('/').at(-1)));
}

/** The ids of the photos whose tiles are in the viewport. */
export async function visible(page: Page): Promise<number[]> {
  return page.locator('app-photo-tile').evaluateAll((tiles) => tiles.flatMap((tile) => {
    const { top, bottom } = tile.getBoundingClientRect();
    // One that only touches the edge may count or not.
    if (bottom <= 1 || top >= innerHeight - 1) return [];
    return Number(tile.querySelector('a')!.href.split('/').at(-1));
  }));
}

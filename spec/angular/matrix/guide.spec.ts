// Components of the guides that need a browser, as they stand there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { launchOptions } from '../../../.ci/browser.ts';
import { fences, root } from '../../docs/example.ts';
import { bundleApp, compileApp } from './build-app.ts';

const ROWS = 200;
const main = `
import '@angular/compiler'; // packages are compiled in part only
import { provideHttpClient } from '@angular/common/http';
import { Component, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideTasks } from 'sluice/angular';
import { Feed } from './feed';
import { Thumbnail } from './thumbnail';

@Component({ selector: 'app-root', imports: [Feed, Thumbnail], template: '@if (feed) { <app-feed /> } @else { @for (id of ids; track id) { <app-thumbnail [id]="id" /> } }' })
class App {
  readonly feed = location.pathname === '/feed';
  readonly ids = Array.from({ length: ${ROWS} }, (_, i) => String(i));
}

void bootstrapApplication(App, { providers: [provideZonelessChangeDetection(), provideTasks({ groups: { thumbnails: { concurrency: 4 } } }), provideHttpClient()] });
`;

/** The program of a page that has this in it, without what tries it. */
function program(page: string, part: string): string {
  return fences(page).find(({ info, code }) => info === 'ts app' && code.some((line) => line.includes(part)))!.code.join('\n');
}

describe('the components of the guides', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;
  /** What was asked for, in order. */
  const asked: number[] = [];
  /** Those that wait for an answer, until they are let go. */
  let held: ServerResponse[] | undefined = [];

  beforeAll(async () => {
    const sources = 'reports/guide-sources';
    mkdirSync(root + sources, { recursive: true });
    writeFileSync(`${root}${sources}/thumbnail.ts`, program('docs/guides/angular.md', "selector: 'app-thumbnail'"));
    writeFileSync(`${root}${sources}/feed.ts`, program('docs/guides/angular-data.md', "selector: 'app-feed'"));
    writeFileSync(`${root}${sources}/main.ts`, main);
    writeFileSync(`${root}${sources}/tsconfig.json`, JSON.stringify({
      extends: '../../spec/angular/matrix/rows/tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: '../guide' },
      include: ['*.ts'],
    }));
    const bundle = await bundleApp(`${compileApp('guide', sources)}/main.js`, { platform: 'browser', define: { ngServerMode: 'false', 'process.env.NODE_ENV': '"production"' } });
    server = createServer(({ url = '' }, response) => {
      const [, id] = /^\/api\/thumbnails\/(\d+)$/.exec(url) ?? [];
      if (id !== undefined) {
        asked.push(Number(id));
        if (held) held.push(response);
        else response.end('x'.repeat(7));
      } else if (url === '/main.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(bundle));
      else response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,"><app-root></app-root><script type="module" src="/main.js"></script>');
    });
    await new Promise<void>((resolve) => { server.listen(0, resolve); });
    browser = await chromium.launch(launchOptions);
    page = await browser.newPage({ viewport: { width: 390, height: 600 } });
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  it('loads a list that goes on and on while there is room on the screen, to its end', async () => {
    await page.goto(`${origin}/feed`);
    await page.getByText('item 5').waitFor();
    await page.getByText('Loading').waitFor({ state: 'detached' });
    expect(await page.getByText('item').allInnerTexts()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `item ${n}`));
  });

  it('loads what is on the screen first, also after it was scrolled, and shows the place of what waits', async () => {
    await page.goto(origin);
    const rows = page.locator('app-thumbnail');
    await rows.nth(5).getByText('queued, number').waitFor();
    await expect.poll(() => asked.length, { timeout: 30_000 }).toBe(4);
    expect(Math.max(...asked)).toBeLessThan(30);

    await page.evaluate(() => { globalThis.scrollTo(0, globalThis.document.body.scrollHeight); });
    await page.evaluate(async () => { // the observer tells in one of the next frames
      for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
    });
    const waiting = held!;
    held = undefined;
    for (const response of waiting) response.end('x'.repeat(7));
    await rows.last().getByText('7 bytes').waitFor();
    await expect.poll(() => asked.length, { timeout: 30_000 }).toBe(ROWS);
    expect(Math.min(...asked.slice(4, 20))).toBeGreaterThan(160);
    await expect.poll(() => page.getByText('7 bytes').count(), { timeout: 30_000 }).toBe(ROWS);
  });
});

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { launchOptions } from '../../../.ci/browser.ts';
import { bundleApp, compileApp } from './build-app.ts';

// In the page: remembers the elements that came from the server.
const remember = `for (const element of document.querySelectorAll('app-root *')) element.fromServer = true;`;
const document = `<!doctype html><html><head><title>Hydration</title><link rel="icon" href="data:,"></head><body><app-root></app-root>
<script>${remember}</script><script type="module" src="/browser.js"></script></body></html>`;

describe('a page that the server has rendered', () => {
  let server: Server;
  let browser: Browser;
  let origin: string;
  const asked: string[] = [];

  beforeAll(async () => {
    const modules = compileApp('hydration');
    const bundle = await bundleApp(`${modules}/browser.js`, { platform: 'browser', define: { ngServerMode: 'false', 'process.env.NODE_ENV': '"production"' } });
    const { render } = await import(/* @vite-ignore */ await bundleApp(`${modules}/server.js`, {
      platform: 'node',
      define: { ngServerMode: 'true' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })) as { render: (document: string, url: string) => Promise<string> };
    server = createServer((request, response) => {
      const path = request.url!;
      if (path.startsWith('/api/')) {
        asked.push(path);
        response.end(`answer of ${path}`);
      } else if (path === '/browser.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(bundle));
      } else {
        render(document, origin + path).then(
          (html) => { response.writeHead(200, { 'Content-Type': 'text/html' }).end(html); },
          (error: unknown) => { response.writeHead(500).end(String(error)); },
        );
      }
    });
    await new Promise<void>((resolve) => { server.listen(0, resolve); });
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch(launchOptions);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  async function open(): Promise<{ page: Page; messages: string[] }> {
    const page = await browser.newPage();
    const messages: string[] = [];
    page.on('console', (message) => { if (message.type() !== 'log' && message.type() !== 'info') messages.push(message.text()); });
    page.on('pageerror', (error) => { messages.push(String(error)); });
    await page.goto(origin);
    return { page, messages };
  }

  it('is taken over as it is: what the server has loaded is there at once, and nothing is thrown away', async () => {
    asked.length = 0;
    const { page, messages } = await open();
    await page.locator('s').waitFor();
    expect(asked).toEqual(['/api/meta', '/api/rows/1', '/api/rows/2', '/api/rows/3', '/api/later']);
    expect(await page.locator('app-root').innerText()).toMatch(/answer of \/api\/rows\/1\s*answer of \/api\/rows\/2\s*answer of \/api\/rows\/3\s*answer of \/api\/meta\s*answer of \/api\/later/);
    // All but what the server has skipped, and the browser has put in its place.
    const fresh = await page.evaluate(() => Array.from(globalThis.document.querySelectorAll('app-root *')).filter((element) => !('fromServer' in element)).map(({ tagName }) => tagName));
    expect(fresh).toEqual(['S']);
    expect(messages).toEqual([]);
    await page.close();
  });
});

// Measures 1,000 rows of injectTask against the same rows of a bare httpResource, in Chromium: `npm run measure:angular`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Browser, chromium } from 'playwright';

import { launchOptions } from '../../../.ci/browser.ts';
import { bundleApp, compileApp } from './build-app.ts';

const ROWS = 1000;
const RUNS = 5;

interface Figures {
  /** From the call that shows the rows until the last has its value, in milliseconds. */
  readonly wall: number;
  /** Of that, what was spent in scripts. */
  readonly script: number;
  /** Passes of change detection. */
  readonly renders: number;
  /** Checks of rows. */
  readonly rows: number;
}

const modules = compileApp('rows');
const define = { ngDevMode: 'false', ngServerMode: 'false', 'process.env.NODE_ENV': '"production"' };
const bundles: Record<string, string> = {};
for (const zones of ['zoneless', 'zone']) bundles[zones] = await bundleApp(`${modules}/${zones}.js`, { platform: 'browser', minify: true, define });

const server = createServer(({ url = '/' }, response) => {
  const [path = '/'] = url.split('?');
  const zones = /^\/(zone|zoneless)\.js$/.exec(path)?.[1];
  if (path.startsWith('/api/')) response.end(`row ${path.slice(5)}`);
  else if (zones !== undefined) response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(bundles[zones]!));
  else response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><link rel="icon" href="data:,"><app-root></app-root><script type="module" src="${path}.js"></script>`);
});
await new Promise<void>((resolve) => { server.listen(0, resolve); });
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch(launchOptions);
try {
  console.log(`Medians of ${RUNS} runs, ${ROWS} rows, Chromium ${browser.version()}\n`);
  console.log('| page | ms | ms in scripts | passes of change detection | checks of rows |\n| --- | --- | --- | --- | --- |');
  for (const zones of ['zoneless', 'zone']) {
    for (const [group, name] of [['bare', 'httpResource'], ['free', 'injectTask'], ['six', 'injectTask, six at once']] as const) {
      const all: Figures[] = [];
      for (let run = 0; run <= RUNS; run++) all.push(await measure(browser, `${origin}/${zones}?group=${group}`));
      all.shift(); // the first warms up
      const median = (key: keyof Figures): string => Math.round(all.map((each) => each[key]).sort((a, b) => a - b)[RUNS >> 1]!).toLocaleString('en');
      console.log(`| ${name}, ${zones === 'zone' ? 'zone.js' : 'zoneless'} | ${median('wall')} | ${median('script')} | ${median('renders')} | ${median('rows')} |`);
    }
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}

async function measure(browser: Browser, url: string): Promise<Figures> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction('globalThis.show !== undefined');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const script = async (): Promise<number> => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ScriptDuration')!.value * 1000;
  const before = await script();
  const { wall, renders, rows } = await page.evaluate(async (count) => {
    const { show, counts } = globalThis as unknown as { show: (count: number) => void; counts: { renders: number; rows: number; resolved: number } };
    Object.assign(counts, { renders: 0, rows: 0, resolved: 0 });
    const start = performance.now();
    show(count);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (counts.resolved >= count) resolve();
        else requestAnimationFrame(look);
      };
      look();
    });
    return { wall: performance.now() - start, renders: counts.renders, rows: counts.rows };
  }, ROWS);
  const after = await script();
  await page.close();
  return { wall, script: after - before, renders, rows };
}

// Where the browser for the browser specs is, and how it is started. Said by itself: `node .ci/browser.ts`.
import { existsSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

const places = [chromium.executablePath(), '/usr/bin/chromium'];
const executablePath = places.find(place => existsSync(place));

/** What there is to say when no browser can be found, else undefined. */
export const missing =
  executablePath === undefined
    ? `No Chromium was found (${places.join(', ')}). Install one: npx playwright install chromium, or apt-get install chromium.`
    : undefined;

/** For Playwright. */
export const launchOptions = {
  // A path that is missing is left to Playwright, which says so.
  ...(executablePath !== undefined && { executablePath }),
  args: [
    // Chromium has no sandbox for root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  console.log(missing ?? executablePath);
  process.exitCode = missing === undefined ? 0 : 1;
}

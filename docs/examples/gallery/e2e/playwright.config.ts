import { defineConfig } from 'playwright/test';

import { launchOptions } from '../../../../.ci/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../../../../reports/gallery',
  forbidOnly: true,
  // Each test has a server of its own and waits for what it sees, never for time.
  workers: 1,
  // For a busy machine. Nothing is waited for that long otherwise.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  use: { launchOptions, viewport: { width: 1280, height: 800 }, contextOptions: { reducedMotion: 'reduce' } },
});

import { defineConfig } from 'playwright/test';

import { launchOptions } from '../../../../.ci/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../../../../reports/mandelbrot',
  forbidOnly: true,
  workers: 1,
  // For a busy machine. Nothing is waited for that long otherwise.
  timeout: 180_000,
  expect: { timeout: 120_000 },
  use: { launchOptions, viewport: { width: 1000, height: 800 }, contextOptions: { reducedMotion: 'reduce' } },
});

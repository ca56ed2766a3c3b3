import type { Page } from 'playwright/test';
import sharp from 'sharp';

import { random } from '../server/random.ts';
import { expect, test } from './gallery-test.ts';

/** A picture of noise, which takes five pieces. */
const bytes = await sharp(Buffer.from(Array.from({ length: 320 * 300 * 3 }, random(1)).map((part) => part * 256)), { raw: { width: 320, height: 300, channels: 3 } }).png().toBuffer();

async function send(page: Page, ...names: string[]): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(names.map((name) => ({ name, mimeType: 'image/png', buffer: bytes })));
}

test.beforeEach(async ({ page, server }) => {
  server.conditions.hold('chunk');
  await page.goto('/uploads');
});

test('sends two at once, and goes on while another page is shown', async ({ page, server }) => {
  await send(page, 'one.png', 'two.png', 'three.png');
  await expect.poll(() => server.log.of('chunk', 'open').length).toBe(2);
  await page.getByRole('link', { name: 'Gallery', exact: true }).click();
  await expect(page.locator('app-photo-tile img').first()).toBeVisible();
  expect(server.log.of('chunk').length).toBe(2);
  await expect(page.getByLabel('3 to send')).toBeVisible();

  server.conditions.release('chunk');
  await expect(page.getByText('3 of 3 pictures sent.')).toBeAttached();
  await expect(page.getByLabel('to send')).toHaveCount(0);
  expect(server.log.of('chunk', 'aborted')).toEqual([]);
  await page.getByRole('link', { name: 'Uploads' }).click();
  await expect(page.getByRole('heading', { name: '3 of 3 sent' })).toBeVisible();
});

test('begins nothing new while all are paused', async ({ page, server }) => {
  await send(page, 'one.png', 'two.png', 'three.png');
  await expect.poll(() => server.log.of('chunk', 'open').length).toBe(2);
  await page.getByRole('button', { name: 'Pause all' }).click();
  server.conditions.release('chunk');
  await expect(page.getByRole('heading', { name: '2 of 3 sent' })).toBeVisible();
  await expect(page.locator('app-upload-row', { hasText: 'three.png' })).toHaveAttribute('data-status', 'queued');
  expect(new Set(server.log.of('chunk').map(({ path }) => path.split('?')[0])).size).toBe(2);

  await page.getByRole('button', { name: 'Resume all' }).click();
  await expect(page.getByRole('heading', { name: '3 of 3 sent' })).toBeVisible();
});

test('goes on where it was when one is paused and resumed', async ({ page, server }) => {
  await send(page, 'one.png');
  await expect.poll(() => server.log.of('chunk', 'open').length).toBe(1);
  server.conditions.release('chunk', 1);
  await expect.poll(() => server.log.of('chunk').map(({ state }) => state)).toEqual(['answered', 'open']);
  await page.getByRole('button', { name: 'Pause one.png' }).click();
  await expect.poll(() => server.log.of('chunk').map(({ state }) => state)).toEqual(['answered', 'aborted']);
  const row = page.locator('app-upload-row');
  await expect(row).toContainText('Paused, 23%');

  await page.getByRole('button', { name: 'Resume one.png' }).click();
  server.conditions.release('chunk');
  await expect(row).toContainText('Sent');
  const offsets = server.log.of('chunk', 'answered').map(({ path }) => Number(new URLSearchParams(path.split('?')[1]).get('offset')));
  expect(offsets).toEqual(offsets.map((_, i) => i * 65_536));
});

test('removes one that is being sent', async ({ page, server }) => {
  await send(page, 'one.png', 'two.png');
  await expect.poll(() => server.log.of('chunk', 'open').length).toBe(2);
  await page.getByRole('button', { name: 'Remove one.png' }).click();
  await expect.poll(() => server.log.of('chunk', 'aborted').length).toBe(1);
  server.conditions.release('chunk');
  await expect(page.getByRole('heading', { name: '1 of 1 sent' })).toBeVisible();
});

test.describe('when the server fails', () => {
  test.use({ statusesExpected: [415, 503] });

  test('tries again by itself', async ({ page, server }) => {
    server.conditions.release('chunk');
    server.conditions.fail('chunk', 2);
    await send(page, 'one.png');
    await expect(page.getByRole('heading', { name: '1 of 1 sent' })).toBeVisible();
    expect(server.log.of('chunk', 'failed').length).toBe(2);
  });

  test('says what has failed, and sends it when asked to', async ({ page, server }) => {
    server.conditions.release('chunk');
    server.conditions.fail('chunk');
    await send(page, 'one.png', 'two.png', 'three.png');
    await expect(page.getByText('0 of 3 pictures sent, 3 failed.')).toBeAttached();
    server.conditions.fail('chunk', 0);
    await page.getByRole('button', { name: 'Retry one.png' }).click();
    await expect(page.getByRole('heading', { name: '1 of 3 sent' })).toBeVisible();
    await page.getByRole('button', { name: 'Retry failed' }).click();
    await expect(page.getByRole('heading', { name: '3 of 3 sent' })).toBeVisible();
  });
});

import { expect, ids, test, visible } from './gallery-test.ts';

test('asks for what is visible first, and not for what was scrolled past', async ({ page, server }) => {
  server.conditions.hold('thumb');
  await page.goto('/');
  // Four at once, and the server holds them.
  await expect.poll(() => ids(server.log.of('thumb'))).toEqual([0, 1, 2, 3]);

  const album = page.locator('app-album-section').nth(40);
  await album.evaluate((element) => { element.scrollIntoView(); });
  await expect(album.locator('app-photo-tile').first()).toBeVisible();
  // Hung up on, though they had been asked for.
  await expect.poll(() => ids(server.log.of('thumb', 'aborted'))).toEqual([0, 1, 2, 3]);
  await expect.poll(() => server.log.of('thumb', 'open').length).toBe(4);

  const seen = await visible(page);
  server.conditions.release('thumb');
  await expect(page.locator('app-photo-tile img')).toHaveCount(await page.locator('app-photo-tile').count());

  const asked = ids(server.log.of('thumb')).slice(4);
  expect(seen.length).toBeGreaterThan(10);
  expect(asked.length).toBeGreaterThan(seen.length);
  expect(asked.slice(0, seen.length).toSorted((a, b) => a - b)).toEqual(seen);
  // Nothing of the albums between.
  expect(Math.min(...asked)).toBeGreaterThan(1000);
});

test('asks in another order when it is scrolled while things are queued', async ({ page, server }) => {
  server.conditions.hold('thumb');
  await page.goto('/');
  await expect.poll(() => server.log.of('thumb').length).toBe(4);
  const above = await visible(page);

  // Three rows on: the same album is near, and all its tiles stay queued.
  const row = (await page.locator('app-photo-tile').first().boundingBox())!.height;
  await page.evaluate((down) => { scrollBy(0, down); }, row * 3 + 200);
  await expect.poll(() => visible(page)).not.toEqual(above);
  // The observer tells after the frame in which it looked.
  await page.evaluate(() => new Promise((frame) => { requestAnimationFrame(() => requestAnimationFrame(frame)); }));
  const below = (await visible(page)).filter((id) => !above.includes(id));
  expect(below.length).toBeGreaterThan(4);

  server.conditions.release('thumb');
  await expect(page.locator('app-photo-tile img')).toHaveCount(await page.locator('app-photo-tile').count());
  const asked = ids(server.log.of('thumb'));
  const gone = above.filter((id) => asked.indexOf(id) >= 4 && !below.includes(id)).slice(0, 4);
  expect(gone.length).toBeGreaterThan(0);
  // What came into view overtook what had left it, though that had been queued before.
  expect(Math.max(...below.map((id) => asked.indexOf(id)))).toBeLessThan(Math.min(...gone.map((id) => asked.indexOf(id))));
});

test('cancels what is queued and in flight when its page is left', async ({ page, server }) => {
  server.conditions.hold('thumb');
  await page.goto('/');
  await expect.poll(() => server.log.of('thumb', 'open').length).toBe(4);
  await page.getByRole('link', { name: 'Uploads' }).click();
  await expect(page.getByRole('heading', { name: 'Send pictures' })).toBeVisible();

  await expect.poll(() => server.log.of('thumb').map(({ state }) => state)).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
  const card = page.locator('app-group-card', { hasText: 'Thumbnails' });
  await expect(card).toContainText('Running0Queued0');
  server.conditions.release('thumb');
  await page.getByRole('link', { name: 'Gallery', exact: true }).click();
  await expect(page.locator('app-photo-tile img').first()).toBeVisible();
});

test('comes back to where it was', async ({ page }) => {
  await page.goto('/');
  const album = page.locator('app-album-section').nth(12);
  await album.evaluate((element) => { element.scrollIntoView(); });
  const tile = album.locator('app-photo-tile a').first();
  await tile.click();
  await expect(page.getByRole('link', { name: 'All pictures' })).toBeVisible();
  await page.goBack();
  await expect(tile).toBeInViewport();
});

test('keeps a thumbnail from being asked for while the group is paused', async ({ page, server }) => {
  server.conditions.hold('thumb');
  await page.goto('/');
  await expect.poll(() => server.log.of('thumb').length).toBe(4);
  await page.getByRole('button', { name: 'Pause Thumbnails' }).click();
  server.conditions.release('thumb');
  await expect(page.locator('app-photo-tile img')).toHaveCount(4);
  expect(server.log.of('thumb').length).toBe(4);
  await page.getByRole('button', { name: 'Resume Thumbnails' }).click();
  await expect(page.locator('app-photo-tile img')).toHaveCount(await page.locator('app-photo-tile').count());
});

test('has as many requests under way as the slider says', async ({ page, server }) => {
  server.conditions.hold('thumb');
  await page.goto('/');
  await expect.poll(() => server.log.of('thumb', 'open').length).toBe(4);
  const slider = page.getByRole('slider', { name: 'Thumbnails at once' });
  await slider.press('ArrowRight');
  await expect.poll(() => server.log.of('thumb', 'open').length).toBe(5);
  await slider.press('Home');
  // Those under way end; then there is one at a time.
  server.conditions.release('thumb', 5);
  await expect(page.locator('app-photo-tile img')).toHaveCount(5);
  await expect.poll(() => server.log.of('thumb', 'open').length).toBe(1);
  expect(server.log.of('thumb').length).toBe(6);
});

test.describe('when the server fails', () => {
  test.use({ statusesExpected: [503] });

  test('tries again by itself, and then says so and lets people try', async ({ page, server }) => {
    server.conditions.fail('thumb');
    await page.goto('/');
    const again = page.getByRole('button', { name: /^Try again/ });
    await expect(again.first()).toBeVisible();
    const [first] = ids(server.log.of('thumb', 'failed'));
    expect(ids(server.log.of('thumb', 'failed')).filter((id) => id === first).length).toBe(3);

    server.conditions.fail('thumb', 0);
    const tile = page.locator('app-photo-tile', { has: page.locator(`a[href="/photos/${first}"]`) });
    await tile.getByRole('button').click();
    await expect(tile.locator('img')).toBeVisible();
    await expect(tile.getByRole('button')).toHaveCount(0);
  });

  test('lets others have the slots while some wait for another try', async ({ page, server }) => {
    server.conditions.fail('thumb', 4);
    await page.goto('/');
    await expect(page.locator('app-photo-tile img').first()).toBeVisible();
    await expect(page.locator('app-photo-tile img')).toHaveCount(await page.locator('app-photo-tile').count());
    const asked = ids(server.log.of('thumb'));
    const failed = ids(server.log.of('thumb', 'failed'));
    expect(failed.length).toBe(4);
    // Each was asked for once more, and others in between.
    for (const id of failed) expect(asked.lastIndexOf(id) - asked.indexOf(id)).toBeGreaterThan(3);
  });

  test('says that there are no albums, and asks for them again', async ({ page, server }) => {
    server.conditions.fail('albums', 1);
    await page.goto('/');
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await expect(page.locator('app-photo-tile').first()).toBeVisible();
  });
});

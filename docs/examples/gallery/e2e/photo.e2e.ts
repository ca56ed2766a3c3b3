import { expect, test } from './gallery-test.ts';

const phase = (name: string): string => `app-task-step:has(.name:text-is("${name}"))`;

test('asks for each thing when it has what it depends on', async ({ page, server }) => {
  for (const kind of ['photo', 'photographer', 'related'] as const) server.conditions.hold(kind);
  await page.goto('/photos/700');
  await expect(page.locator(phase('Photo'))).toHaveAttribute('data-phase', 'running');
  await expect(page.locator(phase('Photographer'))).toHaveAttribute('data-phase', 'waiting');
  await expect(page.locator(phase('Related'))).toHaveAttribute('data-phase', 'waiting');
  await expect(page.locator(phase('Picture'))).toHaveAttribute('data-phase', 'completed');
  expect(server.log.of('photographer')).toEqual([]);

  server.conditions.release('photo');
  await expect(page.locator(phase('Photographer'))).toHaveAttribute('data-phase', 'running');
  await expect(page.locator(phase('Related'))).toHaveAttribute('data-phase', 'waiting');
  expect(server.log.of('related')).toEqual([]);

  server.conditions.release('photographer');
  await expect(page.locator(phase('Related'))).toHaveAttribute('data-phase', 'running');
  server.conditions.release('related');
  await expect(page.locator('.related app-photo-tile')).toHaveCount(8);
  expect(server.log.of('related')[0]!.path).toMatch(/photo=700$/);
});

test('drops what it waits for when another picture is turned to', async ({ page, server }) => {
  server.conditions.hold('photo');
  server.conditions.hold('image');
  await page.goto('/photos/10');
  await expect.poll(() => server.log.of('photo', 'open').length + server.log.of('image', 'open').length).toBe(2);
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/photos\/11$/);
  await expect.poll(() => server.log.of('photo').map(({ path, state }) => `${path} ${state}`)).toEqual(['/api/photos/10 aborted', '/api/photos/11 open']);
  await expect.poll(() => server.log.of('image').map(({ path, state }) => `${path} ${state}`)).toEqual(['/api/images/10 aborted', '/api/images/11 open']);
  server.conditions.release('photo');
  server.conditions.release('image');
  await expect(page.locator('.related app-photo-tile')).toHaveCount(8);
  expect(server.log.of('photographer').length).toBe(1);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Pictures of places' })).toBeVisible();
});

test('has what was shown a moment ago at once when it is turned back to', async ({ page, server }) => {
  await page.goto('/photos/10');
  await expect(page.locator(phase('Picture'))).toHaveAttribute('data-phase', 'completed');
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/photos\/11$/);
  // Until it has been asked for, what is shown as completed is the picture before.
  await expect.poll(() => [server.log.of('photo').length, server.log.of('image').length]).toEqual([2, 2]);
  await expect(page.locator(phase('Photo'))).toHaveAttribute('data-phase', 'completed');
  await expect(page.locator(phase('Picture'))).toHaveAttribute('data-phase', 'completed');
  server.conditions.hold('photo');
  server.conditions.hold('image');
  await page.keyboard.press('ArrowLeft');
  await expect(page).toHaveURL(/photos\/10$/);
  await expect(page.locator('.frame img')).toBeVisible();
  await expect(page.locator('.related app-photo-tile')).toHaveCount(8);
  expect(server.log.of('photo').map(({ path }) => path)).toEqual(['/api/photos/10', '/api/photos/11']);
  expect(server.log.of('image').length).toBe(2);
});

test.describe('when the server fails', () => {
  test.use({ statusesExpected: [503] });

  test('fails what is downstream too, and runs again what has failed, alone', async ({ page, server }) => {
    server.conditions.fail('photographer', 3);
    await page.goto('/photos/42');
    await expect(page.locator(phase('Photographer'))).toHaveAttribute('data-phase', 'failed');
    await expect(page.locator(phase('Related'))).toHaveAttribute('data-phase', 'failed');
    expect(server.log.of('photographer', 'failed').length).toBe(3);
    expect(server.log.of('related')).toEqual([]);

    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await expect(page.locator('.related app-photo-tile')).toHaveCount(8);
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect(server.log.of('photo').length).toBe(1);
  });
});

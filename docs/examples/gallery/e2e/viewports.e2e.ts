import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright/test';

import { expect, ids, test } from './gallery-test.ts';

/** Whether two elements have a pixel in common. */
async function overlap(one: Locator, other: Locator): Promise<boolean> {
  const [a, b] = [(await one.boundingBox())!, (await other.boundingBox())!];
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

for (const [width, height] of [[390, 844], [1440, 900]] as const) {
  test.describe(`at ${width} px`, () => {
    test.use({ viewport: { width, height } });

    test('covers nothing of what it is about with the panel, open or closed, and scrolls one way alone', async ({ page, server }) => {
      server.conditions.hold('thumb');
      await page.goto('/');
      const [panel, title] = [page.getByRole('complementary', { name: 'Tasks' }), page.getByRole('heading', { level: 1 })];
      await expect(page.locator('app-photo-tile').first()).toBeVisible();
      const button = page.getByRole('button', { name: 'Tasks', exact: true });
      if (width < 992) {
        expect(await overlap(button, page.getByRole('main'))).toBe(false);
        await expect(panel).toBeHidden();
        await button.click();
      }
      await expect(panel).toBeVisible();
      expect(await overlap(panel, title)).toBe(false);
      expect(await overlap(panel, page.locator('app-photo-tile').first())).toBe(false);
      // Both are seen at once: the tiles, and what the panel says of them.
      await expect(page.locator('app-photo-tile').first()).toBeInViewport();
      await expect(panel.getByText('Running').first()).toBeInViewport();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    });

    test('shows a picture’s title without scrolling', async ({ page }) => {
      await page.goto('/photos/700');
      await expect(page.locator('.frame img')).toBeVisible();
      await expect(page.getByRole('heading', { level: 1 })).toBeInViewport({ ratio: 1 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    });

    test('gives the focus to what Enter on a tile leads to, and back to the tile', async ({ page }) => {
      await page.goto('/');
      const tile = page.locator('app-photo-tile a').nth(2);
      await tile.focus();
      await page.keyboard.press('Enter');
      await expect(page).toHaveURL(/photos\/2$/);
      await expect(page.getByRole('main')).toBeFocused();
      await page.goBack();
      await expect(tile).toBeFocused();
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'All pictures' }).press('Enter');
      await expect(tile).toBeFocused();
      await page.keyboard.press('Tab');
      await expect(page.locator('app-photo-tile a').nth(3)).toBeFocused();
    });

    test('says that a picture is done when it is seen', async ({ page }) => {
      await page.addInitScript(() => {
        const seen: boolean[] = [];
        Object.assign(window, { seen });
        new MutationObserver(() => {
          const step = [...document.querySelectorAll('app-task-step')].find((each) => each.textContent.startsWith('Picture'));
          if (step?.getAttribute('data-phase') === 'completed') seen.push(document.querySelector<HTMLImageElement>('.frame img')?.complete ?? false);
        }).observe(document, { subtree: true, childList: true, attributes: true });
      });
      await page.goto('/photos/700');
      await expect(page.locator('app-task-step', { hasText: 'Picture' })).toHaveAttribute('data-phase', 'completed');
      const seen = await page.evaluate(() => (window as unknown as { seen: boolean[] }).seen);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).not.toContain(false);
    });

    test('counts all samples at once, and says nothing of per cent before something is sent', async ({ page, server }) => {
      server.conditions.hold('chunk');
      await page.goto('/uploads');
      await page.evaluate(() => {
        const titles: string[] = [];
        Object.assign(window, { titles });
        new MutationObserver(() => { titles.push(document.querySelector('.bar h2')?.textContent ?? ''); }).observe(document.querySelector('main')!, { subtree: true, childList: true, characterData: true });
      });
      await page.getByRole('button', { name: 'Send twelve samples' }).click();
      const queued = page.locator('app-upload-row[data-status=queued]');
      await expect(queued).toHaveCount(10);
      expect(await queued.locator('.state').allTextContents()).toEqual(Array(10).fill('Queued'));
      server.conditions.release('chunk');
      await expect(page.getByRole('heading', { name: '12 of 12 sent' })).toBeVisible();
      const titles = await page.evaluate(() => (window as unknown as { titles: string[] }).titles);
      expect(new Set(titles.filter((title) => title !== '').map((title) => title.replace(/^\d+/, 'n')))).toEqual(new Set(['n of 12 sent']));
    });

    test.describe('with motion', () => {
      test.use({ contextOptions: { reducedMotion: 'no-preference' } });

      test('fills the bar of what is sent', async ({ page, server }) => {
        server.conditions.latency = 20;
        await page.goto('/uploads');
        await page.getByRole('button', { name: 'Send twelve samples' }).click();
        await expect(page.getByRole('heading', { name: '12 of 12 sent' })).toBeVisible();
        const bars = page.locator('app-upload-row progress');
        for (const bar of await bars.all()) {
          // What is seen, not what is said: the bar ends in the colour that it begins with.
          const image = await bar.screenshot();
          const [first, last] = await page.evaluate(async (bytes) => {
            const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })!;
            canvas.drawImage(bitmap, 0, 0);
            return [0.1, 0.95].map((at) => canvas.getImageData(Math.round(bitmap.width * at), Math.round(bitmap.height / 2), 1, 1).data.join());
          }, [...image]);
          expect(last).toBe(first);
        }
      });
    });

    for (const theme of ['light', 'dark'] as const) {
      for (const path of ['/', '/photos/321', '/uploads']) {
        test(`finds nothing that keeps people out of ${path} when it is ${theme}, the panel open`, async ({ page }) => {
          await page.emulateMedia({ colorScheme: theme });
          await page.goto(path);
          if (width < 992) await page.getByRole('button', { name: 'Tasks', exact: true }).click();
          if (path === '/uploads') await page.getByRole('button', { name: 'Send twelve samples' }).click();
          await expect(page.locator(path === '/uploads' ? 'app-upload-row[data-status=completed]' : 'app-photo-tile img').first()).toBeVisible();
          await page.screenshot({ path: `../../../reports/gallery-${width}-${theme}${path.replaceAll('/', '-')}.png` });
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
        });
      }
    }

    test.describe('when the server fails', () => {
      test.use({ statusesExpected: [404, 503] });

      test('says at once of a tile that it has failed, and that it is tried again', async ({ page, server }) => {
        server.conditions.hold('thumb');
        server.conditions.fail('thumb', 1);
        await page.goto('/');
        await expect.poll(() => ids(server.log.of('thumb')).length).toBe(4);
        server.conditions.release('thumb', 1);
        // Its next attempt waits for the others, which the server holds.
        await expect(page.locator('app-photo-tile').first()).toContainText('Failed, tries again…');
        server.conditions.release('thumb');
        await expect(page.locator('app-photo-tile img').first()).toBeVisible();
        await expect(page.getByText('Failed, tries again…')).toHaveCount(0);
      });

      test('says of a picture that there is not that there is none, and asks once', async ({ page, server }) => {
        await page.goto('/photos/999999');
        const alert = page.getByRole('alert');
        await expect(alert.getByRole('heading', { name: 'There is no such picture' })).toBeVisible();
        await expect(page.locator('app-task-step')).toHaveCount(0);
        await expect(page.getByText('failed')).toHaveCount(0);
        expect(server.log.of('photo').length).toBe(1);
        await alert.getByRole('link', { name: 'Look at all pictures' }).click();
        await expect(page.locator('app-photo-tile img').first()).toBeVisible();
      });
    });
  });
}

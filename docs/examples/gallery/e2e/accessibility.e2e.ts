import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './gallery-test.ts';

for (const theme of ['light', 'dark'] as const) {
  for (const [path, ready] of [['/', 'app-photo-tile img'], ['/photos/321', '.related app-photo-tile img'], ['/uploads', 'app-upload-row[data-status=completed]']] as const) {
    test(`finds nothing that keeps people out of ${path} when it is ${theme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(path);
      if (path === '/uploads') await page.getByRole('button', { name: 'Send twelve samples' }).click();
      await expect(page.locator(ready).first()).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    });
  }
}

test('can be walked by keyboard alone', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('app-photo-tile').first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('app-photo-tile a').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/photos\/0$/);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { violationsOf } from './axe.ts';
import { goToLine, NARROW, openPage, type Site, shown, startSite, WIDE } from './page.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, size] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    test(`axe finds nothing in ${colorScheme}, ${name}`, async () => {
      const { page } = await openPage(site, { ...size, colorScheme });
      await page.getByLabel('Example').selectOption('everything-existing');
      for (const tab of ['Result', 'Images', 'Changes', 'YAML']) {
        await page.getByRole('tab', { name: tab }).click();
        expect(await violationsOf(page), tab).toEqual([]);
      }
      await goToLine(page, 9);
      await page.keyboard.type('9');
      await page.locator('.problems li').first().waitFor();
      expect(await violationsOf(page), 'problems').toEqual([]);
    });
  }
}

test('axe finds what is wrong', async () => {
  const { page } = await openPage(site);
  await page.evaluate(() =>
    document.querySelector('select')?.closest('label')?.replaceWith(document.createElement('select')),
  );
  expect((await violationsOf(page)).join('\n')).toContain('select-name');
});

test('labels for screen readers are there', async () => {
  const { page } = await openPage(site);
  expect(await page.getByRole('textbox', { name: 'Claim' }).count()).toBe(1);
  expect(
    await page.getByRole('tablist').evaluateAll((lists) => lists.map((one) => one.getAttribute('aria-label'))),
  ).toEqual(['Texts', 'Preview']);
  expect(await page.getByRole('tabpanel', { name: 'Result' }).count()).toBe(1);
  expect(await shown(page.getByRole('status').last())).toBe('3 repositories, 9 composed resources, 0 ready.');
  expect(
    await page.getByRole('table', { name: 'Settings of image' }).getByRole('img').first().getAttribute('aria-label'),
  ).toBe('enforced by the platform:');
});

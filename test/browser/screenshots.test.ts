import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { updatesGolden } from '../golden.ts';
import { goToLine, NARROW, openPage, type Site, startSite, WIDE } from './page.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(import.meta.dirname, 'screenshots');
/** The picture of the README. */
const README_PICTURE = join(ROOT, '.github/preview.png');
const MAX_PICTURE_BYTES = 200_000;

/** The part of the pixels that may differ: another version of the browser or of a font draws edges otherwise. */
const MAX_PART = 0.01;

const SHOTS: readonly {
  readonly name: string;
  readonly file: string;
  readonly options: BrowserContextOptions;
  readonly act: (page: Page) => Promise<unknown>;
}[] = [
  {
    name: 'light',
    file: README_PICTURE,
    options: { viewport: { width: 1120, height: 700 } },
    act: async () => undefined,
  },
  {
    name: 'dark',
    file: join(FOLDER, 'dark.png'),
    options: { ...WIDE, colorScheme: 'dark' },
    act: (page) => page.getByRole('tab', { name: 'Images' }).click(),
  },
  {
    name: 'narrow',
    file: join(FOLDER, 'narrow.png'),
    options: NARROW,
    act: (page) => page.locator('#repository-image').evaluate((heading) => heading.scrollIntoView()),
  },
  {
    name: 'with problems',
    file: join(FOLDER, 'problems.png'),
    options: WIDE,
    act: async (page) => {
      await goToLine(page, 9);
      await page.keyboard.type('9');
      await page.locator('.problems li').first().waitFor();
      await page.locator('#tab-claim').focus();
    },
  },
  {
    name: 'changes',
    file: join(FOLDER, 'changes.png'),
    options: { ...WIDE, colorScheme: 'dark' },
    act: async (page) => {
      await page.getByLabel('Example').selectOption('everything-existing');
      await page.getByRole('tab', { name: 'Changes' }).click();
      await page.locator('.kept').waitFor();
    },
  },
];

describe('the page looks as it did', () => {
  for (const { name, file, options, act } of SHOTS) {
    test(name, async () => {
      const { page } = await openPage(site, options);
      await act(page);
      const now = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      if (updatesGolden) await writeFile(file, now);
      const part = await differingPart(await readFile(file), now);
      if (part > MAX_PART) await writeFile(join(ROOT, 'out', `${name}.png`), now).catch(() => {});
      expect(
        part,
        `${file} differs; look at out/${name}.png; if it is meant: UPDATE_GOLDEN=1 npm run test:browser`,
      ).toBeLessThanOrEqual(MAX_PART);
    });
  }

  test('and another layout is seen', async () => {
    const { page } = await openPage(site, NARROW);
    const before = await page.screenshot();
    await page.evaluate(() => document.querySelector('h1')?.remove());
    expect(await differingPart(before, await page.screenshot())).toBeGreaterThan(MAX_PART);
  });

  test('the picture of the README is small', async () => {
    expect((await readFile(README_PICTURE)).byteLength).toBeLessThan(MAX_PICTURE_BYTES);
    expect(await readFile(join(ROOT, 'README.md'), 'utf8')).toContain('(.github/preview.png)');
  });
});

/** The part of the pixels of two PNGs that differ visibly; 1 for another size. The browser decodes them. */
async function differingPart(before: Buffer, now: Buffer): Promise<number> {
  const context = await site.browser.newContext();
  const page = await context.newPage();
  try {
    return await page.evaluate(
      async ([first = '', second = '']) => {
        const pixels = async (base64: string) => {
          const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          const context = canvas.getContext('2d');
          context?.drawImage(bitmap, 0, 0);
          return { width: bitmap.width, data: context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [] };
        };
        const [a, b] = [await pixels(first), await pixels(second)];
        if (a.width !== b.width || a.data.length !== b.data.length) return 1;
        let differing = 0;
        for (let at = 0; at < a.data.length; at += 4) {
          const distance = [0, 1, 2].reduce(
            (sum, channel) => sum + Math.abs((a.data[at + channel] ?? 0) - (b.data[at + channel] ?? 0)),
            0,
          );
          if (distance > 96) differing += 1;
        }
        return differing / (a.data.length / 4);
      },
      [before.toString('base64'), now.toString('base64')],
    );
  } finally {
    await context.close();
  }
}

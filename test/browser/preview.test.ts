import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, goToLine, NARROW, openPage, paste, type Site, shown, startSite, WIDE } from './page.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

describe('while somebody types', () => {
  test('the answer follows', async () => {
    const { page, faults } = await openPage(site);
    await goToLine(page, 8);
    await page.keyboard.type('-two');
    await page.locator('.tree', { hasText: 'tap/workloads/team-a/shop-two/image' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('a problem is underlined at its line, with the message of the function, and the last good answer stays', async () => {
    const { page } = await openPage(site);
    await goToLine(page, 9);
    await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    const item = page.locator('.problems li').first();
    await item.waitFor();
    expect((await shown(item)).replace(/\s+/g, ' ')).toBe(
      'Claim, line 9 spec.parameters.region is "eu-west-3", which the platform does not allow; allowed values: eu-west-2, eu-central-1',
    );
    expect(await page.locator('.cm-line', { has: page.locator('.cm-lintRange-error') }).allInnerTexts()).toEqual([
      '    region: eu-west-3',
    ]);
    expect(await shown(page.locator('.summary'))).toContain('2 problems: Crossplane would not change anything.');
    expect(await shown(page.locator('.preview.stale .tree'))).toContain('tap/workloads/team-a/shop/image');
    await goToLine(page, 9);
    await page.keyboard.press('Backspace');
    await page.keyboard.type('2');
    await page.locator('.problems[hidden]').waitFor({ state: 'attached' });
    expect(await page.locator('.preview.stale').count()).toBe(0);
  });

  test('a problem leads to its place, also in another text', async () => {
    const { page } = await openPage(site);
    await page.getByRole('tab', { name: 'Composition' }).click();
    await goToLine(page, 21);
    await page.keyboard.press('Backspace');
    await page.getByRole('tab', { name: 'Claim' }).click();
    await page.getByRole('button', { name: 'Composition, line 21' }).click();
    expect(await shown(page.locator('.editor:not([hidden]) .cm-activeLine'))).toBe('        ttl: 30');
    expect(await page.getByRole('tab', { name: 'Composition 1 problem' }).getAttribute('aria-selected')).toBe('true');
  });

  test('fields and values are completed from the schema, and explained', async () => {
    const { page } = await openPage(site);
    await goToLine(page, 11);
    await page.keyboard.press('Enter');
    await page.keyboard.type('del');
    const options = page.locator('.cm-tooltip-autocomplete li');
    await options.first().waitFor();
    expect(await options.allInnerTexts()).toEqual(['deletion']);
    expect(await shown(page.locator('.cm-completionInfo'))).toContain('Retain keeps them');
    // The first key strokes after a list opens go to the text.
    await page.waitForTimeout(100);
    await page.keyboard.press('Enter');
    await page.keyboard.type('F');
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'Force' }).waitFor();
    await page.waitForTimeout(100);
    await page.keyboard.press('Enter');
    expect(await shown(page.locator('.editor:not([hidden]) .cm-line').nth(11))).toBe('    deletion: Force');
    await page.locator('.cm-line >> nth=8 >> text=region').hover();
    await page.locator('.cm-explanation', { hasText: 'AWS region' }).waitFor();
  });
});

test('an answer to a claim of 40 lines, in milliseconds', async () => {
  const { page } = await openPage(site);
  await goToLine(page, 8);
  await page.evaluate(() => performance.clearMeasures());
  for (let at = 0; at < 30; at++) await page.keyboard.type('x', { delay: 80 });
  const durations = await page.evaluate(() => performance.getEntriesByName('preview').map(({ duration }) => duration));
  expect(durations.length).toBeGreaterThan(10);
  const [median = 0, worst = 0] = [0.5, 1].map(
    (part) => durations.sort((a, b) => a - b)[Math.ceil(part * durations.length) - 1],
  );
  // Told and not judged: a busy machine is no fault of the page.
  process.stderr.write(`answer after a key stroke: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms\n`);
});

test('the diff tells what changes, what stays and why, and what is deleted', async () => {
  const { page } = await openPage(site);
  await page.getByLabel('Example').selectOption('everything-existing');
  await page.getByRole('tab', { name: 'Changes' }).click();
  await page.locator('.kept').waitFor();
  expect(await shown(page.locator('.kept'))).toContain('remains encrypted with AES256; ECR cannot change that');
  expect(await shown(page.locator('.change.delete'))).toContain('deleted, including the resource in AWS');
  const row = page.locator('.change.update', { hasText: 'imagerepo' }).locator('tbody tr').first();
  expect(await shown(row)).toMatch(/MUTABLE\s+IMMUTABLE_WITH_EXCLUSION/);
});

describe('a link', () => {
  test('holds the whole state', async () => {
    const { page } = await openPage(site);
    await goToLine(page, 8);
    await page.keyboard.type('-linked');
    await page.waitForURL(/#v1=/);
    await page.waitForTimeout(600);
    const { hash } = new URL(page.url());
    const other = await openPage(site, undefined, hash);
    expect(await shown(other.page.locator('.tree'))).toContain('tap/workloads/team-a/shop-linked/image');
    expect(other.faults).toEqual([]);
  });

  test('is copied by the button', async () => {
    const { page } = await openPage(site, { ...WIDE, permissions: ['clipboard-read', 'clipboard-write'] });
    await goToLine(page, 8);
    await page.keyboard.type('-copied');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.locator('.notice', { hasText: 'Link copied.' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const other = await openPage(site, undefined, new URL(link).hash);
    expect(await shown(other.page.locator('.tree'))).toContain('tap/workloads/team-a/shop-copied/image');
  });

  test('that is damaged is told, and an example shown', async () => {
    const { page, faults } = await openPage(site, undefined, '#v1=AAAA');
    expect(await shown(page.locator('.notice'))).toBe('Cannot read the link: it is damaged or truncated.');
    expect(await shown(page.locator('.tree'))).toContain('shop-repos');
    await page.evaluate(() => {
      location.hash = '#v1=%%%';
    });
    await page.waitForTimeout(200);
    expect(await shown(page.locator('.tree'))).toContain('shop-repos');
    expect(faults).toEqual([]);
  });
});

test('the keyboard alone is enough', async () => {
  const { page } = await openPage(site);
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName);
  const visited: unknown[] = [];
  for (let at = 0; at < 6; at++) {
    await page.keyboard.press('Tab');
    visited.push(await focused());
  }
  // The editor lets Tab through.
  expect(visited).toEqual(['SELECT', 'BUTTON', 'tab-claim', 'panel-claim', 'tab-result', 'panel-result']);
  await page.locator('#tab-result').focus();
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('tab-images');
  await page.keyboard.press('End');
  expect(await focused()).toBe('tab-output');
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('tab-result');
  await page.keyboard.press('ArrowLeft');
  expect(await page.locator('#panel-output').isVisible()).toBe(true);
});

describe('bad input', () => {
  test('markup in names is shown as text', async () => {
    const { page, faults } = await openPage(site);
    await goToLine(page, 4);
    await page.keyboard.type('<img src=x onerror=alert(1)>');
    await page.waitForTimeout(300);
    await goToLine(page, 13);
    await page.keyboard.type('<b>x</b>');
    await page.waitForTimeout(300);
    expect(await page.locator('main img, .preview b').count()).toBe(0);
    expect(await shown(page.locator('main'))).toContain('<b>x</b>');
    expect(faults).toEqual([]);
  });

  test('5 MB are refused in a word, and the last good answer stays', async () => {
    const { page, faults } = await openPage(site);
    await paste(page, `a: ${'x'.repeat(99)}\n`.repeat(50_000));
    await page.locator('.problems li', { hasText: 'must have at most 400000 characters' }).waitFor();
    expect(await shown(page.locator('.preview.stale .tree'))).toContain('shop-repos');
    expect(faults).toEqual([]);
  });

  test('broken YAML is told at its line', async () => {
    const { page } = await openPage(site);
    await goToLine(page, 10);
    await page.keyboard.type(': [');
    await page.locator('.problems li').first().waitFor();
    expect(await shown(page.locator('.problems button').first())).toMatch(/^Claim, line 1[01]$/);
    expect(await shown(page.locator('.preview.stale .tree'))).toContain('shop-repos');
  });

  test('steps of other functions are named as not run', async () => {
    const { page } = await openPage(site);
    await page.getByRole('tab', { name: 'Composition' }).click();
    const composition = await readFile(example('everything/composition.yaml'), 'utf8');
    await paste(page, `${composition}    - step: ready\n      functionRef:\n        name: function-auto-ready\n`);
    await page.locator('.note', { hasText: 'Step ready is not run here: it calls function-auto-ready.' }).waitFor();
    await paste(
      page,
      composition.replace('name: function-workload-ecr', 'name: other').replace(/ {6}input:[\s\S]*/, ''),
    );
    await page.locator('.problems li', { hasText: 'must have a step that calls function-workload-ecr' }).waitFor();
  });
});

test('every example can be picked, in every view, without a fault', async () => {
  const { page, faults } = await openPage(site);
  const names = await page
    .locator('select option')
    .evaluateAll((options) => options.map((one) => one.getAttribute('value')));
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    await page.getByLabel('Example').selectOption(name);
    for (const tab of ['Result', 'Images', 'Changes', 'YAML']) await page.getByRole('tab', { name: tab }).click();
    expect(await page.locator('.problems li').allInnerTexts(), String(name)).toEqual([]);
  }
  expect(faults).toEqual([]);
});

test('nothing is wider than a screen of 360 px', async () => {
  const { page } = await openPage(site, NARROW);
  for (const tab of ['Result', 'Images', 'Changes', 'YAML']) {
    await page.getByRole('tab', { name: tab }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBe(360);
  }
});

test('files are followed, and what is wrong with them is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'preview-'));
  const claim = join(folder, 'claim.yaml');
  const text = await readFile(example('claim/claim.yaml'), 'utf8');
  await writeFile(claim, text);
  const own = await startSite(claim, example('claim/composition.yaml'), '--xrd', example('claim/xrd.yaml'));
  try {
    expect(own.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?files$/);
    const { page, faults } = await openPage(own);
    await page.locator('.tree', { hasText: 'tap/workloads/example-app-default' }).waitFor();
    await writeFile(claim, text.replace('workloadName: example-app', 'workloadName: changed'));
    await page.locator('.tree', { hasText: 'tap/workloads/changed-default' }).waitFor();
    await rm(claim);
    await page.locator('.notice', { hasText: 'no such file' }).waitFor();
    await writeFile(claim, text);
    await page.locator('.tree', { hasText: 'tap/workloads/example-app-default' }).waitFor();
    expect(await page.locator('.notice').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  } finally {
    await own.close();
    await rm(folder, { recursive: true });
  }
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryNameOf } from '../../src/cache/sets/cache-name.ts';
import { digestFor } from '../cache/sets.ts';
import { runProgram } from '../program.ts';
import { violationsOf } from './axe.ts';
import { CHROMIUM, NARROW, shown } from './page.ts';

const work = mkdtempSync(join(tmpdir(), 'map-'));
let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  for (const [name, needs] of [
    ['platform', ['registry.example.com/acme/network']],
    ['tools', []],
  ] as const) {
    const dependsOn = needs.map((configuration) => ({ configuration, version: '>=v1.0.0' }));
    const object = {
      apiVersion: 'meta.pkg.crossplane.io/v1',
      kind: 'Configuration',
      metadata: { name },
      spec: { dependsOn },
    };
    const file = entryNameOf({ source: `registry.example.com/acme/${name}`, digest: digestFor(name) });
    writeFileSync(join(work, file), gzipSync(JSON.stringify(object)));
  }
});
afterAll(async () => {
  await browser.close();
  rmSync(work, { recursive: true });
});

test('cache map writes a page that shows what is there and what is missing', async () => {
  const output = join(mkdtempSync(join(work, 'out-')), 'map.html');
  expect(await runProgram(['cache', 'map', work, '--max-bytes', '1Ki', '-o', output])).toEqual({
    code: 0,
    stdout: `${output}\n`,
    stderr: '',
  });
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const size of [{}, NARROW]) {
      const context = await browser.newContext({ ...size, colorScheme, bypassCSP: false });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', (message) => faults.push(message.text()));
      await page.goto(pathToFileURL(output).href);
      const text = await shown(page.locator('main'));
      expect(text).toContain('Configuration platform');
      expect(text).toContain('needs registry.example.com/acme/network >=v1.0.0, which is missing');
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      expect(faults).toEqual([]);
      await context.close();
    }
  }
});

test('cache map wants a directory or a namespace, and not both', async () => {
  for (const args of [[], [work, '--namespace', 'crossplane-system']]) {
    const { code, stderr } = await runProgram(['cache', 'map', ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('either a cache directory or --namespace is required')]);
  }
});

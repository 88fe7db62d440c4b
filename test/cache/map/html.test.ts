import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cacheMap, type MappedContent } from '../../../src/cache/map/cache-map.ts';
import { formatMap } from '../../../src/cache/map/html.ts';

const content = (over: Partial<MappedContent>): MappedContent => ({
  set: 'set-1',
  where: 'crossplane-system',
  file: 'a.gz',
  bytes: 600,
  chunks: [true, false],
  artifact: undefined,
  content: undefined,
  revisions: [],
  links: [],
  problem: undefined,
  ...over,
});

test('markup and control characters in names are escaped', () => {
  const html = formatMap(cacheMap('<b>', 1_000, [content({ set: `"><script>'&`, problem: '<img src=x>\u001b[2J' })]));
  expect(html).not.toMatch(/<script|<img|<b>/);
  expect(html).not.toContain('\u001b');
  expect(html).toContain('&quot;&gt;&lt;script&gt;&#39;&amp;');
});

test('the policy allows only the style sheet', () => {
  const html = formatMap(cacheMap('x', 1, []));
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(html).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(html).not.toMatch(/ style=|<script|https?:/);
});

test('bytes are compared with the limit, and chunks are counted', () => {
  const within = formatMap(cacheMap('x', 1_000, [content({})]));
  expect(within).toContain('aria-label="600 B of 1000 B are used"');
  expect(within).toContain('1 of 2<svg');
  expect(within).not.toContain('more than the limit');
  const over = formatMap(cacheMap('x', 1_000, [content({}), content({ bytes: 401 })]));
  expect(over).toContain('more than the limit');
  expect(over).toContain('class="bar over"');
  expect(formatMap(cacheMap('x', 1_201, [content({}), content({ bytes: 601 })]))).not.toContain('class="bar over"');
});

test('an empty cache has a map', () => {
  expect(formatMap(cacheMap('x', 0, []))).toContain('Nothing is missing.');
});

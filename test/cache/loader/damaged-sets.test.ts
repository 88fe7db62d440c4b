import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, mountSet } from '../sets.ts';
import { entries, freshDirectories, other, pass, set } from './load-setup.ts';

const fresh = freshDirectories();

describe('a damaged set', () => {
  const spoilt: { name: string; code: string; spoil: (from: string) => void }[] = [
    {
      name: 'by swapped chunks',
      code: 'SWAPPED',
      spoil: (from) => {
        const [first, second] = [join(from, `${set.name}.000`), join(from, `${set.name}.001`)];
        const bytes = readFileSync(first);
        writeFileSync(first, readFileSync(second));
        writeFileSync(second, bytes);
      },
    },
    {
      name: 'by a changed byte',
      code: 'CHECKSUM_MISMATCH',
      spoil: (from) => {
        const path = join(from, `${set.name}.001`);
        const bytes = readFileSync(path);
        bytes[7] = (bytes[7] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
    },
    {
      name: 'by a truncated chunk',
      code: 'CHECKSUM_MISMATCH',
      spoil: (from) =>
        writeFileSync(join(from, `${set.name}.000`), readFileSync(join(from, `${set.name}.000`)).subarray(1)),
    },
    {
      name: 'by a chunk with trailing bytes',
      code: 'CHECKSUM_MISMATCH',
      spoil: (from) => writeFileSync(join(from, `${set.name}.001`), Buffer.alloc(100_000)),
    },
    { name: 'by a missing chunk', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.001`)) },
    { name: 'by a missing manifest', code: 'INCOMPLETE', spoil: (from) => rmSync(join(from, `${set.name}.json`)) },
  ];

  test.each(spoilt)('$name is not placed, but the others are', async ({ code, spoil }) => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    mountSet(from, other);
    spoil(from);
    expect(await pass(from, into)).toMatchObject({ placed: ['other.gz'], refused: [code] });
    expect(entries(into)).toEqual(['other.gz']);
    expect(readdirSync(into).sort()).toEqual(['.package-cache', 'other.gz']);
  });

  test.each(spoilt)('$name keeps its previously placed file', async ({ code, spoil }) => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    spoil(from);
    const summary = await pass(from, into);
    expect(summary.removed).toEqual([]);
    expect(summary.refused).toEqual(['SWAPPED', 'CHECKSUM_MISMATCH'].includes(code) ? [] : [code]);
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(set));
  });
});

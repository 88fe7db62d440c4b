import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import {
  isSafePath,
  type OciErrorCode,
  readTar,
  type TarEntry,
  type TarInput,
  type TarLimits,
  writeTar,
} from '../../../src/oci/index.ts';
import { collect, inPieces, pieces, rejection } from '../fixtures.ts';

const LIMITS = { maxBytes: 1_000_000 };

async function entriesOf(source: AsyncIterable<Uint8Array>, limits: TarLimits = LIMITS) {
  const entries: (Omit<TarEntry, 'content' | 'offset'> & { text: string })[] = [];
  for await (const { content, offset: _, ...entry } of readTar(source, limits)) {
    entries.push({ ...entry, text: (await collect(content)).toString() });
  }
  return entries;
}

const file = (name: string, text: string): TarInput => ({ type: 'file', name, content: Buffer.from(text) });

/** A tar of one entry, with bytes of its header replaced and the checksum made right again. */
async function altered(offset: number, text: string, name = 'a', content = 'x'.repeat(600)): Promise<Buffer> {
  const tar = await collect(writeTar([file(name, content)]));
  tar.write(text, offset, 'latin1');
  tar.fill(' ', 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return tar;
}

describe('writeTar', () => {
  test("writes a file's header byte for byte as Go's writer does", async () => {
    const tar = await collect(writeTar([file('package.yaml', 'hello\n')]));
    expect(tar).toHaveLength(4 * 512);
    const text = tar.subarray(0, 512).toString('latin1');
    expect(text.slice(0, 13)).toBe('package.yaml\0');
    expect(text.slice(100, 157)).toBe('0000644\x000000000\x000000000\x0000000000006\x0000000000000\x00011460\x00 0');
    expect(text.slice(257, 265)).toBe('ustar\x0000');
    expect(text.slice(265, 329)).toBe('\0'.repeat(64));
    expect(text.slice(329, 345)).toBe('0000000\x000000000\x00');
    expect(tar.subarray(512 + 6).every((byte) => byte === 0)).toBe(true);
  });

  test('writes only the end of the archive for no entries', async () => {
    expect(await collect(writeTar([]))).toEqual(Buffer.alloc(1024));
  });

  test.each([0, 1, 511, 512, 513])('pads a file of %i bytes to a block', async (size) => {
    const tar = await collect(writeTar([{ type: 'file', name: 'a', content: Buffer.alloc(size, 1) }]));
    expect(tar).toHaveLength(512 + Math.ceil(size / 512) * 512 + 1024);
  });

  test('writes directories, links, modes and names of up to 255 bytes', async () => {
    const long = `${'d'.repeat(100)}/${'e'.repeat(53)}/${'f'.repeat(100)}`;
    const tar = writeTar([
      { type: 'directory', name: 'usr/bin' },
      { type: 'file', name: 'usr/bin/node', mode: 0o755, content: { size: 4, open: () => pieces('no', 'de') } },
      { type: 'symlink', name: 'bin', target: 'usr/bin' },
      file(long, 'x'),
    ]);
    expect(await entriesOf(tar)).toEqual([
      { name: 'usr/bin/', type: 'directory', mode: 0o755, size: 0, target: undefined, text: '' },
      { name: 'usr/bin/node', type: 'file', mode: 0o755, size: 4, target: undefined, text: 'node' },
      { name: 'bin', type: 'symlink', mode: 0o777, size: 0, target: 'usr/bin', text: '' },
      { name: long, type: 'file', mode: 0o644, size: 1, target: undefined, text: 'x' },
    ]);
  });

  test.each([
    { name: 'a name of 256 bytes', entry: file('a'.repeat(256), ''), code: 'INVALID_LAYER' },
    { name: 'a last part of 101 bytes', entry: file(`a/${'b'.repeat(101)}`, ''), code: 'INVALID_LAYER' },
    { name: 'an empty name', entry: file('', ''), code: 'INVALID_LAYER' },
    {
      name: 'a link target of 101 bytes',
      entry: { type: 'symlink', name: 'a', target: 'b'.repeat(101) },
      code: 'INVALID_LAYER',
    },
    {
      name: 'a file of 8 GiB',
      entry: { type: 'file', name: 'a', content: { size: 2 ** 33, open: () => pieces() } },
      code: 'INVALID_LAYER',
    },
    {
      name: 'a file shorter than its size',
      entry: { type: 'file', name: 'a', content: { size: 2, open: () => pieces('x') } },
      code: 'SIZE_MISMATCH',
    },
    {
      name: 'a file longer than its size',
      entry: { type: 'file', name: 'a', content: { size: 2, open: () => pieces('xyz') } },
      code: 'SIZE_MISMATCH',
    },
  ] satisfies { name: string; entry: TarInput; code: OciErrorCode }[])('refuses $name', async ({ entry, code }) => {
    await rejection(collect(writeTar([entry])), code);
  });
});

describe('readTar', () => {
  test('reads what was written, in chunks of any size', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9/]{0,120}[a-z]$/).filter(isSafePath);
    const files = fc.array(fc.record({ name, content: fc.uint8Array({ maxLength: 1500 }) }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 2000 }), async (inputs, size) => {
        const tar = await collect(writeTar(inputs.map((input) => ({ type: 'file', mode: 0o600, ...input }))));
        const read: { name: string; mode: number; content: Uint8Array }[] = [];
        for await (const entry of readTar(inPieces(tar, size), LIMITS)) {
          const content = await collect(entry.content);
          expect(content).toEqual(tar.subarray(entry.offset, entry.offset + entry.size));
          read.push({ name: entry.name, mode: entry.mode, content });
        }
        expect(read).toEqual(inputs.map(({ name, content }) => ({ name, mode: 0o600, content: Buffer.from(content) })));
      }),
      { numRuns: 50 },
    );
  });

  test('skips unread content', async () => {
    const tar = await collect(writeTar([file('a', 'x'.repeat(5000)), file('b', 'y')]));
    const names: string[] = [];
    for await (const { name } of readTar(inPieces(tar, 100), LIMITS)) names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  test('closes its source if the reader stops', async () => {
    let stopped = false;
    async function* source() {
      try {
        yield* inPieces(await collect(writeTar([file('a', 'x'), file('b', 'y'.repeat(300_000))])), 1024);
      } finally {
        stopped = true;
      }
    }
    for await (const _ of readTar(source(), LIMITS)) break;
    await expect.poll(() => stopped).toBe(true);
  });

  test.each(['../x', '/etc/passwd', 'a/../../x', '..', 'a/..', './../x'])('refuses the name %s', async (name) => {
    await rejection(entriesOf(pieces(await altered(0, `${name}\0`))), 'UNSAFE_PATH');
  });

  test('accepts names with dots that do not leave the archive', async () => {
    const tar = await collect(writeTar([file('..a', '1'), file('./b', '2'), file('c..', '3')]));
    expect((await entriesOf(pieces(tar))).map(({ name }) => name)).toEqual(['..a', './b', 'c..']);
  });

  test('refuses a name in a PAX header that leaves the archive', async () => {
    const record = '17 path=../../x\n\n';
    const pax = await altered(156, 'x', 'PaxHeader', record);
    const tar = Buffer.concat([pax.subarray(0, 1024), await collect(writeTar([file('ok', 'x')]))]);
    await rejection(entriesOf(pieces(tar)), 'UNSAFE_PATH');
  });

  test.each([
    { name: 'a size above that of the content', tar: () => altered(124, '00000077777') },
    { name: 'a size below that of the content', tar: () => altered(124, '00000000001') },
    { name: 'a negative size', tar: () => altered(124, '\xff'.repeat(12)) },
    { name: 'a size that is not a number', tar: () => altered(124, 'zzzzzzzzzzz') },
    { name: 'an archive truncated in a file', tar: async () => (await altered(0, 'a')).subarray(0, 900) },
    { name: 'an archive truncated in a header', tar: async () => (await altered(0, 'a')).subarray(0, 300) },
    {
      name: 'a wrong checksum',
      tar: async () => Buffer.concat([Buffer.from('b'), (await altered(0, 'a')).subarray(1)]),
    },
    { name: 'bytes that are not a tar', tar: async () => Buffer.alloc(2048, 'yaml: here\n') },
  ])('refuses $name', async ({ tar }) => {
    await rejection(entriesOf(pieces(await tar())), 'INVALID_LAYER');
  });

  test('ignores the size of a directory, as Go does', async () => {
    const tar = await altered(156, '5', 'd', '');
    tar.write('00000000010', 124);
    tar.fill(' ', 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(await entriesOf(pieces(tar))).toMatchObject([{ name: 'd', type: 'directory', size: 0, text: '' }]);
  });

  test('accepts exactly the limits', async () => {
    const tar = await collect(writeTar([file('a', 'x'), file('b', 'y')]));
    expect(await entriesOf(pieces(tar), { maxBytes: tar.byteLength })).toHaveLength(2);
    await rejection(entriesOf(pieces(tar), { maxBytes: tar.byteLength - 1 }), 'TOO_LARGE');
    expect(await entriesOf(pieces(tar), { ...LIMITS, maxEntries: 2 })).toHaveLength(2);
    await rejection(entriesOf(pieces(tar), { ...LIMITS, maxEntries: 1 }), 'TOO_LARGE');
  });

  test('rethrows errors of its source', async () => {
    async function* broken() {
      yield (await altered(0, 'a')).subarray(0, 700);
      throw new RangeError('cable cut');
    }
    await expect(entriesOf(broken())).rejects.toThrow(RangeError);
  });

  test('reads other types, and long names in PAX headers', async () => {
    const long = `${'ä/'.repeat(90)}end`;
    const tar = pack();
    tar.entry({ name: long }, 'hi');
    tar.entry({ name: 'link', type: 'link', linkname: 'a' });
    tar.entry({ name: 'pipe', type: 'fifo' });
    tar.finalize();
    expect(await entriesOf(pieces(await collect(tar as AsyncIterable<Uint8Array>)))).toMatchObject([
      { name: long, type: 'file', text: 'hi' },
      { name: 'link', type: 'link', target: 'a' },
      { name: 'pipe', type: 'other' },
    ]);
  });
});

test('the same entries give the same bytes', async () => {
  const hash = async () =>
    createHash('sha256')
      .update(await collect(writeTar([file('a', 'b')])))
      .digest('hex');
  expect(await hash()).toBe(await hash());
});

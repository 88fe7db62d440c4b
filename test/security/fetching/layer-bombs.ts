import { createCipheriv } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type TarInput, writeTar } from '../../../src/oci/index.ts';
import { collect } from '../../oci/fixtures.ts';

export const MEBIBYTE = 1_048_576;

export const file = (name: string, content: Uint8Array | string): TarInput => ({
  type: 'file',
  name,
  content: Buffer.from(content),
});
export const tar = async (...entries: TarInput[]) => collect(writeTar(entries));

/** A tar header with the given name and type. */
async function header(name: string, flag: string, content: string): Promise<Buffer> {
  const block = await tar(file(name, content));
  block.write(flag, 156, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block.subarray(0, -1_024);
}

interface LayerBomb {
  readonly name: string;
  readonly layer: () => Promise<Uint8Array> | Uint8Array;
  readonly reason: 'TooLarge' | 'InvalidArtifact';
  readonly message: RegExp;
}

export const LAYERS: readonly LayerBomb[] = [
  {
    name: 'a quarter of a gigabyte of zeros',
    layer: () => gzipSync(Buffer.alloc(256 * MEBIBYTE), { level: 1 }),
    reason: 'TooLarge',
    message: /^the (layer|archive) .*has more than \d+ bytes/,
  },
  {
    name: 'a package.yaml of zeros',
    layer: async () => gzipSync(await tar(file('package.yaml', Buffer.alloc(40 * MEBIBYTE)))),
    reason: 'TooLarge',
    message: /unpacked, has more than \d+ bytes/,
  },
  {
    name: 'a hundred thousand empty entries of one name',
    layer: async () => gzipSync(Buffer.alloc(512 * 101_000, (await tar(file('a', ''))).subarray(0, 512))),
    reason: 'TooLarge',
    message: /unpacked, has more than \d+ bytes/,
  },
  {
    name: 'a hundred thousand empty entries of different names',
    layer: () => gzipSync(emptyEntries(101_000), { level: 1 }),
    reason: 'TooLarge',
    message: /more than 100000 entries/,
  },
  {
    name: 'a pax header of 8 MB',
    layer: async () => gzipSync(Buffer.concat([await header('pax', 'x', `8000013 path=${'a'.repeat(8_000_000)}\n`)])),
    reason: 'InvalidArtifact',
    message: /cannot read the tar/,
  },
  {
    name: 'a name of 5,000 characters',
    layer: async () =>
      gzipSync(
        Buffer.concat([await header('pax', 'x', `5011 path=${'a/'.repeat(2_500)}\n`), await tar(file('a', 'b'))]),
      ),
    reason: 'InvalidArtifact',
    message: /must have at most 4096 characters/,
  },
  {
    name: 'an incompressible package',
    layer: async () => gzipSync(await tar(file('package.yaml', noise(3 * MEBIBYTE)))),
    reason: 'TooLarge',
    message: /the content of .* is over the limit of 1 MiB/,
  },
];

/** Incompressible bytes, the same in each run. */
export function noise(size: number): Buffer {
  return createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Tar headers with names that compress badly. */
function emptyEntries(count: number): Buffer {
  const names = noise(count * 6);
  const headers = Buffer.alloc(count * 512);
  for (let index = 0; index < count; index += 1) {
    const block = headers.subarray(index * 512, (index + 1) * 512);
    block.write(names.toString('hex', index * 6, index * 6 + 6));
    block.write('0000644\0', 100);
    block.write('00000000000\0', 124);
    block.write('ustar\x0000', 257);
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return headers;
}

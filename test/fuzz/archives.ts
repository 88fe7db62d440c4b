import fc from 'fast-check';

const BLOCK = 512;

/** An entry as it is put into an archive, whether that makes sense or not. */
interface RawEntry {
  readonly type: string;
  readonly name: string;
  readonly content: Buffer;
  /** What the header says of the size. Default: the truth. */
  readonly size: string | undefined;
  readonly target: string;
}

const name = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[a-z]{1,6}(\/[a-z]{1,6})?$/) },
  { weight: 1, arbitrary: fc.constantFrom('package.yaml', './x', 'é', 'n/'.repeat(45), '', '.') },
  { weight: 1, arbitrary: fc.constantFrom('../x', '/etc/passwd', 'a/../../b', 'a\0b', '..', 'a//b', 'C:\\x') },
);

/** Extended headers: pax records, and GNU's long names. */
const extension: fc.Arbitrary<RawEntry> = fc
  .tuple(
    fc.constantFrom('x', 'g', 'L', 'K'),
    fc.constantFrom('path', 'linkpath', 'size', 'GNU.sparse.map', 'uid', '__proto__'),
    fc.oneof(name, fc.constantFrom('99999999999', '-1', 'x'.repeat(300), '0')),
  )
  .map(([type, key, value]) => {
    const content = Buffer.from(type === 'L' || type === 'K' ? `${value}\0` : record(key, value));
    return { type, name: 'ext', content, size: undefined, target: '' };
  });

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const guess = Buffer.byteLength(rest) + 2;
  return `${guess + (String(guess).length - 2)}${rest}`;
}

const entry: fc.Arbitrary<RawEntry> = fc.record({
  type: fc.constantFrom('0', '0', '0', '\0', '1', '2', '3', '5', '6', '7', 'S', 'D', 'V', '9'),
  name,
  content: fc.uint8Array({ maxLength: 700 }).map((content) => Buffer.from(content)),
  size: fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('77777777777', '-1', '', ' 12', '\x80\0\0\0\0\0\0\0\0\0\x02\0', '\xff'.repeat(12)),
    },
  ),
  target: fc.constantFrom('', 'a', '../../etc/passwd', '/'),
});

/** Archives of up to five entries, good and bad ones. */
export const rawArchive: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: entry }, { weight: 1, arbitrary: extension }), { maxLength: 5 }),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([entries, ends]) => Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(ends * BLOCK)]));

function blocksOf({ type, name: path, content, size, target }: RawEntry): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 100);
  header.write('0000644\0', 100);
  header.write(size ?? content.length.toString(8).padStart(11, '0'), 124, 'latin1');
  header.write('00000000000', 136);
  header.write(type, 156, 'latin1');
  header.write(target, 157);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc(-content.length & (BLOCK - 1))];
}

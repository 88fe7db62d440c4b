import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ChunkSet, splitContent } from '../../src/cache/sets/chunks.ts';

/** What the tests carry: text that does not compress well, so that its size is near the one asked for. */
export function entryBytes(seed: string, size: number): Buffer {
  let text = '---\n';
  for (let round = 0; text.length < size; round += 1) {
    text += `# ${createHash('sha256').update(`${seed}${round}`).digest('hex')}\n`;
  }
  return gzipSync(text, { level: 9 });
}

/** A made-up artifact digest. */
export function digestFor(seed: string): string {
  return `sha256:${createHash('sha256').update(seed).digest('hex')}`;
}

/** The set of an entry called `<name>.gz`. */
export function entrySet(name: string, { seed = name, size = 3_000, chunkSize = 1_024, base = name } = {}): ChunkSet {
  const artifact = { source: `registry.example.com/acme/${name}`, digest: digestFor(seed) };
  return splitContent({ file: `${name}.gz`, bytes: entryBytes(seed, size), artifact }, { base, chunkSize });
}

/** The bytes of a set's file. */
export function bytesOf(set: ChunkSet): Buffer {
  return Buffer.concat(set.chunks.map(({ bytes }) => bytes));
}

/** Writes the files that the ConfigMaps of a set show when they are mounted: all into one directory, or each into its own. */
export function mountSet(directory: string, set: ChunkSet, { apart = false, leaveOut = [] as number[] } = {}): void {
  for (const { index, file, bytes, manifest } of set.chunks) {
    if (leaveOut.includes(index)) continue;
    const into = apart ? join(directory, `${set.name}-${index}`) : directory;
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, file), bytes);
    if (manifest) writeFileSync(join(into, manifest.file), manifest.text);
  }
}

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { load, loadMemory } from '../../../src/cache/loader/load.ts';
import type { IsNeeded } from '../../../src/cache/loader/revisions.ts';
import { bytesOf, entryBytes, entrySet, mountSet } from '../sets.ts';
import { empty, entries, findIn, freshDirectories, other, pass, set, targetOf } from './load-setup.ts';

const fresh = freshDirectories();

describe('loading', () => {
  test('writes each set to a file with its name, readable by everyone', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    mountSet(from, other, { apart: true });
    const summary = await pass(from, into);
    expect(summary).toMatchObject({ placed: ['cfg.gz', 'other.gz'], unchanged: [], removed: [], refused: [] });
    expect(summary.bytes).toBe(bytesOf(set).length + bytesOf(other).length);
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(set));
    expect(readFileSync(join(into, 'other.gz'))).toEqual(bytesOf(other));
    expect(statSync(join(into, 'cfg.gz')).mode & 0o777).toBe(0o644);
  });

  test('changes nothing when it runs again', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    const before = statSync(join(into, 'cfg.gz')).ino;
    expect(await pass(from, into)).toMatchObject({ placed: [], unchanged: ['cfg.gz'] });
    expect(statSync(join(into, 'cfg.gz')).ino).toBe(before);
  });

  test('removes only files that it placed, once they are no longer offered', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    mountSet(from, other);
    writeFileSync(join(into, 'foreign.gz'), 'x');
    await pass(from, into);
    for (const name of readdirSync(from)) if (name.startsWith(set.name)) rmSync(join(from, name));
    expect(await pass(from, into)).toMatchObject({ removed: ['cfg.gz'], unchanged: ['other.gz'] });
    rmSync(from, { recursive: true });
    mkdirSync(from);
    expect(await pass(from, into)).toMatchObject({ removed: ['other.gz'], bytes: 1 });
    expect(entries(into)).toEqual(['foreign.gz']);
  });

  test('keeps the file of a package revision, until it is no longer needed', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    rmSync(from, { recursive: true });
    mkdirSync(from);
    const named: IsNeeded = ({ manifest }) => manifest.artifact?.source === 'registry.example.com/acme/cfg';
    expect(await pass(from, into, { named })).toMatchObject({
      kept: [{ file: 'cfg.gz', because: 'package revision' }],
    });
    expect(await pass(from, into, { named: () => false })).toMatchObject({ removed: ['cfg.gz'] });
  });

  test('does not list package revisions if all placed files are still offered', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    const target = await targetOf(into, from);
    const memory = loadMemory();
    let asked = 0;
    const neededByRevisions = async () => {
      asked += 1;
      return () => false;
    };
    for (let round = 0; round < 3; round += 1) {
      await load({ into, target, found: await findIn(from), maxBytes: 1e6, memory, neededByRevisions });
    }
    expect(asked).toBe(0);
  });

  test('replaces a damaged file', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    writeFileSync(join(into, 'cfg.gz'), 'damaged');
    expect(await pass(from, into)).toMatchObject({ placed: ['cfg.gz'] });
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(set));
  });

  test('also detects damaged and missing files during a long run', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    const target = await targetOf(into, from);
    const memory = loadMemory();
    const again = async () => load({ into, target, found: await findIn(from), maxBytes: 1e6, memory });
    await again();
    writeFileSync(join(into, 'cfg.gz'), Buffer.alloc(bytesOf(set).length));
    expect(await again()).toMatchObject({ placed: ['cfg.gz'] });
    rmSync(join(into, 'cfg.gz'));
    expect(await again()).toMatchObject({ placed: ['cfg.gz'] });
    expect(await again()).toMatchObject({ unchanged: ['cfg.gz'] });
  });

  test('accepts a package that Crossplane fetched itself, with another compression', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    writeFileSync(join(into, 'cfg.gz'), gzipSync(gunzipSync(bytesOf(set)), { level: 1 }));
    expect(await pass(from, into)).toMatchObject({ unchanged: ['cfg.gz'], refused: [] });
    writeFileSync(join(into, 'cfg.gz'), entryBytes('else', 100));
    expect(await pass(from, into)).toMatchObject({ unchanged: [], refused: ['NOT_OURS'] });
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(entryBytes('else', 100));
  });

  test('does not remove a file that replaced its own', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    writeFileSync(join(into, 'cfg.gz'), entryBytes('else', 100));
    rmSync(from, { recursive: true });
    mkdirSync(from);
    await pass(from, into);
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(entryBytes('else', 100));
    expect(await pass(from, into)).toMatchObject({ removed: [] });
  });
});

describe('two loaders with different sources and one directory', () => {
  test('do not change each other’s files', async () => {
    const [from, elsewhere, into] = [fresh(), fresh(), fresh()];
    mountSet(from, set);
    mountSet(elsewhere, other);
    await pass(from, into);
    const kept = [{ file: 'cfg.gz', because: 'another loader' }];
    expect(await pass(elsewhere, into)).toMatchObject({ placed: ['other.gz'], removed: [], kept });
    expect(await pass(from, into)).toMatchObject({ placed: [], unchanged: ['cfg.gz'], removed: [] });
    expect(await pass(fresh(), into)).toMatchObject({ removed: [] });
    expect(entries(into)).toEqual(['cfg.gz', 'other.gz']);
  });

  test('share a file until neither needs it', async () => {
    const [from, elsewhere, into] = [fresh(), fresh(), fresh()];
    mountSet(from, set);
    mountSet(elsewhere, set);
    await pass(from, into);
    expect(await pass(elsewhere, into)).toMatchObject({ unchanged: ['cfg.gz'] });
    const before = statSync(join(into, 'cfg.gz')).ino;
    empty(from);
    const kept = [{ file: 'cfg.gz', because: 'another loader' }];
    expect(await pass(from, into)).toMatchObject({ removed: [], kept });
    expect(statSync(join(into, 'cfg.gz')).ino).toBe(before);
    expect(await pass(elsewhere, into)).toMatchObject({ unchanged: ['cfg.gz'] });
    empty(elsewhere);
    expect(await pass(elsewhere, into)).toMatchObject({ removed: ['cfg.gz'] });
    expect(entries(into)).toEqual([]);
  });

  test('do not replace each other’s content', async () => {
    const [from, elsewhere, into] = [fresh(), fresh(), fresh()];
    mountSet(from, set);
    mountSet(elsewhere, entrySet('cfg', { seed: 'other' }));
    await pass(from, into);
    expect(await pass(elsewhere, into)).toMatchObject({ refused: ['NOT_OURS'] });
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(set));
  });

  test('may be killed between the record and the file: the next one places the file', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    rmSync(join(into, 'cfg.gz'));
    expect(await pass(from, into)).toMatchObject({ placed: ['cfg.gz'] });
  });

  test('with records without owners are not removed, and are adopted when they are offered', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    const folder = join(into, '.package-cache');
    const [record = ''] = readdirSync(folder);
    const { owner: _, trust: __, ...older } = JSON.parse(readFileSync(join(folder, record), 'utf8'));
    rmSync(join(folder, record));
    writeFileSync(join(folder, 'cfg.gz'), JSON.stringify(older));
    expect(await pass(fresh(), into)).toMatchObject({ removed: [] });
    expect(await pass(from, into)).toMatchObject({ unchanged: ['cfg.gz'] });
    expect(readdirSync(folder)).toEqual([record]);
    empty(from);
    expect(await pass(from, into)).toMatchObject({ removed: ['cfg.gz'] });
  });
});

describe('a file that Crossplane ignores', () => {
  const whole = bytesOf(set);
  test.each([
    ['is empty', Buffer.alloc(0)],
    ['is plain YAML', Buffer.from('kind: Configuration\n')],
    ['ends early', whole.subarray(0, -9)],
    ['goes on behind its end', Buffer.concat([whole, Buffer.alloc(8)])],
  ])('since it %s is replaced once it has not changed for a minute', async (_, bytes) => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    const path = join(into, 'cfg.gz');
    writeFileSync(path, bytes);
    const target = await targetOf(into, from);
    const again = async () => load({ into, target, found: await findIn(from), maxBytes: 1e6, memory: loadMemory() });
    expect(await again()).toMatchObject({ placed: [], refused: [{ code: 'NOT_OURS' }] });
    expect(readFileSync(path)).toEqual(bytes);
    const before = Date.now() / 1_000 - 61;
    utimesSync(path, before, before);
    expect(await again()).toMatchObject({ placed: ['cfg.gz'], refused: [] });
    expect(readFileSync(path)).toEqual(whole);
  });

  test('is not changed if it is a folder', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    mountSet(from, other);
    mkdirSync(join(into, 'cfg.gz'));
    expect(await pass(from, into)).toMatchObject({ placed: ['other.gz'], refused: ['NOT_OURS'] });
  });
});

describe('a cache directory', () => {
  test('must be there', async () => {
    await expect(targetOf(join(fresh(), 'no'), 'x')).rejects.toMatchObject({ code: 'IO' });
    const file = join(fresh(), 'file');
    writeFileSync(file, '');
    await expect(targetOf(file, 'x')).rejects.toMatchObject({ code: 'IO' });
  });

  test('is cleaned of temporary files of a dead loader', async () => {
    const [from, into] = [fresh(), fresh()];
    for (const name of ['.package-cache-old', '.package-cache-new']) writeFileSync(join(into, name), 'half');
    utimesSync(join(into, '.package-cache-old'), 1, 1);
    await pass(from, into);
    expect(readdirSync(into)).toEqual(['.package-cache-new']);
  });

  test('with invalid records treats their files as those of others', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    await pass(from, into);
    const [record = ''] = readdirSync(join(into, '.package-cache'));
    writeFileSync(join(into, '.package-cache', record), '{"set":');
    rmSync(from, { recursive: true });
    mkdirSync(from);
    expect(await pass(from, into)).toMatchObject({ removed: [] });
    expect(entries(into)).toEqual(['cfg.gz']);
  });

  test('may be used by several concurrent loaders', async () => {
    const [from, into] = [fresh(), fresh()];
    const sets = Array.from({ length: 8 }, (_, index) => entrySet(`p${index}`));
    for (const one of sets) mountSet(from, one);
    await Promise.all(Array.from({ length: 4 }, () => pass(from, into)));
    expect(await pass(from, into)).toMatchObject({ placed: [], refused: [] });
    for (const one of sets) expect(readFileSync(join(into, one.manifest.file))).toEqual(bytesOf(one));
  });
});

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, isFault } from '../../../src/cache/artifacts/failure.ts';
import type { FetchTask } from '../../../src/cache/artifacts/fetch.ts';
import {
  bytesBlob,
  createRegistryClient,
  type Image,
  MEDIA_TYPES,
  parseReference,
  pushArtifact,
  type RegistryClient,
} from '../../../src/oci/index.ts';
import { parseYaml } from '../../../src/yaml/index.ts';
import { sourceFetcher } from '../../cache/artifacts/worker/threads.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { file, LAYERS, MEBIBYTE, noise, tar } from './layer-bombs.ts';

const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: cfg}\n';
const NEVER = new AbortController().signal;

// Content that is far more expensive than its size. It must be refused, and the next content must be served.

const fetcher = sourceFetcher({ threads: 1 });
let registry: RegistryServer;
let client: RegistryClient;
beforeAll(async () => {
  registry = await startRegistry();
  client = createRegistryClient({ retry: FAST_RETRY });
});
afterAll(async () => {
  await fetcher.close();
  await client.close();
  await registry.close();
});

const push = (image: Image) => pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), image);

function fetchWith(over: Partial<FetchTask['request']> = {}) {
  const request: FetchTask['request'] = {
    repository: { registry: registry.host, repository: 'acme/cfg' },
    selection: { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    chunkSize: 786_432,
    maxBytes: MEBIBYTE,
    ...over,
  };
  return fetcher.run(
    client,
    { request, scope: '', requester: 'team', step: { kind: 'find', known: undefined } },
    NEVER,
  );
}

/** Reason and message of a fetch that fails because of the registry or the claim. */
async function failureWith(over: Partial<FetchTask['request']> = {}) {
  const error = await fetchWith(over).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isFault(error)) throw error;
  const { reason, message, lasting } = failureOf(error);
  return { reason, message, lasting };
}

const packageLayer = (bytes: Uint8Array) =>
  bytesBlob(MEDIA_TYPES.dockerLayerGzip, bytes, { 'io.crossplane.xpkg': 'base' });

describe('a layer', () => {
  test.each(LAYERS)('with $name is refused: $reason', async ({ layer, reason, message }) => {
    await push(await smallImage('', { layers: [packageLayer(await layer())] }));
    const failure = await failureWith();
    expect(failure).toMatchObject({ reason, lasting: true });
    expect(failure.message).toMatch(message);
  });

  test('over the limit of the Input is refused without being unpacked', async () => {
    const image = await smallImage('', { layers: [packageLayer(gzipSync(noise(17 * MEBIBYTE), { level: 0 }))] });
    await push(image);
    registry.requests.length = 0;
    for (const content of [
      { kind: 'package' },
      { kind: 'image' },
      { kind: 'layer', operation: 'copy' },
      { kind: 'layer', operation: 'extract' },
    ] as const) {
      expect(await failureWith({ content })).toMatchObject({ reason: 'TooLarge', message: /is over the limit of/ });
    }
    const blobs = registry.requests.filter(({ url }) => url.includes('/blobs/')).map(({ url }) => url);
    expect(blobs).toEqual([]);
  });

  test('with a thousand layers is refused', async () => {
    const layer = packageLayer(gzipSync(await tar(file('a', 'b'))));
    const plain = { ...layer, descriptor: { ...layer.descriptor, annotations: {} } };
    await push(await smallImage('', { layers: Array.from({ length: 1_000 }, () => plain) }));
    expect(await failureWith()).toMatchObject({ reason: 'TooLarge', message: /1001 blobs are over the limit of 256/ });
  });

  test('whose files are over the limit is not repacked, unless they are excluded', async () => {
    const files = [file('big', noise(9 * MEBIBYTE)), file('big2', noise(8 * MEBIBYTE)), file('small.yaml', 'a: b\n')];
    await push(await smallImage('', { layers: [packageLayer(gzipSync(await tar(...files), { level: 1 }))] }));
    const content = { kind: 'layer', operation: 'extract' } as const;
    expect(await failureWith({ content, maxBytes: 2 * MEBIBYTE })).toMatchObject({ reason: 'TooLarge' });
    const artifact = await fetchWith({ content: { ...content, ignore: 'big*' }, maxBytes: 2 * MEBIBYTE });
    expect(artifact === 'unchanged' ? undefined : artifact.content.bytes.byteLength).toBeLessThan(1_000);
  });
});

describe('a manifest', () => {
  const descriptor = `{"mediaType":"x","size":1,"digest":"sha256:${'a'.repeat(64)}"}`;
  test.each([
    {
      name: 'of 300,000 layers',
      text: `{"schemaVersion":2,"config":${descriptor},"layers":[${'{},'.repeat(3e5)}{}]}`,
    },
    { name: 'of 400,000 brackets', text: `{"schemaVersion":2,"layers":${'['.repeat(4e5)}${']'.repeat(4e5)}}` },
    { name: 'of 150,000 keys', text: `{"a":1${',"b":1'.repeat(1.5e5)}}` },
  ])('$name is refused without being parsed', async ({ text }) => {
    registry.putManifest('acme/cfg', 'v1', Buffer.from(text), MEDIA_TYPES.dockerManifest);
    const { reason, message } = await failureWith();
    expect({ reason, message }).toEqual({
      reason: 'TooLarge',
      message: 'cannot read the manifest: it has more than 100000 values',
    });
  });

  test('of nested indexes is refused', async () => {
    const index = (digest: string, size: number) =>
      `{"schemaVersion":2,"manifests":[{"mediaType":"${MEDIA_TYPES.ociIndex}","size":${size},"digest":"${digest}","platform":{"os":"linux","architecture":"amd64"}}]}`;
    let text = '{"schemaVersion":2,"manifests":[]}';
    for (let depth = 0; depth < 6; depth += 1) {
      text = index(registry.putManifest('acme/cfg', 'v1', Buffer.from(text), MEDIA_TYPES.ociIndex), text.length);
    }
    registry.putManifest('acme/cfg', 'v1', Buffer.from(text), MEDIA_TYPES.ociIndex);
    expect(await failureWith()).toMatchObject({ reason: 'TooLarge', message: /nested deeper than 4 levels/ });
  });
});

describe('a list of tags', () => {
  const tagged = (count: number) => {
    registry.fault = ({ url = '' }, response) => {
      if (!url.includes('/tags/')) return false;
      response.end(JSON.stringify({ tags: Array.from({ length: count }, (_, at) => `v1.0.${at}-${'a'.repeat(90)}`) }));
      return true;
    };
  };
  const selection = { kind: 'semver', semver: '>=1.0.0-0' } as const;

  test.each([
    { count: 20_001, message: /there are more than 20000/ },
    { count: 150_000, message: /has more than \d+ (bytes|values)/ },
  ])('of $count tags is refused', async ({ count, message }) => {
    tagged(count);
    expect(await failureWith({ selection })).toMatchObject({ reason: 'TooLarge', message });
  });

  test('and a slow filter for each are ended, and the next fetch is served', async () => {
    tagged(19_000);
    const filter = '(((a|a)*)*)*(a?){300}a{300}$';
    const failure = await failureWith({ selection: { ...selection, semverFilter: filter } });
    expect(failure).toMatchObject({ reason: 'TooLarge', message: /takes more than 5 s/ });
    registry.fault = undefined;
    await push(await smallImage(META));
    expect(await fetchWith()).toMatchObject({ fetched: { revision: /^v1@/ } });
  });

  test.each([
    { name: 'nested repetitions', semverFilter: '((((a{1000}){1000}){1000}){1000})' },
    { name: 'a large repetition', semverFilter: 'a{100000}' },
    { name: 'syntax that RE2 does not support', semverFilter: '(?<=a)b' },
    { name: 'more than 512 characters', semverFilter: 'a'.repeat(513) },
  ])('is not filtered by $name', async ({ semverFilter }) => {
    tagged(10);
    const { reason, message } = await failureWith({ selection: { ...selection, semverFilter } });
    registry.fault = undefined;
    expect({ reason, message }).toEqual({ reason: 'FetchFailed', message: expect.stringContaining('filter') });
  });
});

test('slow ignore patterns are ended', async () => {
  const deep = Array.from({ length: 3_000 }, (_, at) => file(`d${at}/${'a/'.repeat(70)}f`, 'x'));
  await push(await smallImage('', { layers: [packageLayer(gzipSync(await tar(...deep), { level: 1 }))] }));
  const ignore = Array.from({ length: 250 }, () => '**/a*a*a*a*b').join('\n');
  const failure = await failureWith({ content: { kind: 'layer', operation: 'extract', ignore } });
  expect(failure).toMatchObject({ reason: 'TooLarge', message: /takes more than 5 s/ });
});

describe('YAML', () => {
  const laughs = Array.from({ length: 9 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`).join('\n');
  test.each([
    { name: 'a billion laughs', text: `l0: &l0 [lol]\n${laughs}\n`, code: 'ALIASES' },
    { name: 'merges of merges', text: `a0: &a0 {x: 1}\n${merges()}`, code: 'ALIASES' },
    { name: 'a recursive anchor', text: 'a: &a [*a]\n', code: 'ANCHOR' },
    { name: 'nested lists', text: `${'['.repeat(100_000)}\n`, code: 'DEPTH' },
    { name: 'nested maps', text: `${'{a: '.repeat(100_000)}\n`, code: 'DEPTH' },
    { name: 'dashes on one line', text: `${'- '.repeat(100_000)}a\n`, code: 'DEPTH' },
    { name: 'a million brackets', text: `a: [${'[],'.repeat(500_000)}]\n`, code: 'SIZE' },
    { name: 'a million lines', text: '- a\n'.repeat(1_000_000), code: 'SIZE' },
    { name: 'a million commas', text: `a: [${','.repeat(1_000_000)}]\n`, code: 'SIZE' },
    { name: 'a scalar of 9 MB', text: `a: ${'x'.repeat(9_000_000)}\n`, code: 'SIZE' },
    { name: 'a hundred thousand documents', text: 'a\n---\n'.repeat(100_000), code: 'SIZE' },
    { name: 'a hundred thousand errors', text: '}\n'.repeat(100_000), code: 'SYNTAX' },
  ])('$name: $code', ({ text, code }) => {
    expect(() => parseYaml(text, 'a.yaml')).toThrow(expect.objectContaining({ name: 'YamlError', code }));
  });

  function merges(): string {
    return Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} {<<: [${`*a${at}, `.repeat(8)}]}\n`).join('');
  }
});

import { describe, expect, test } from 'vitest';
import {
  choosePlatform,
  digestOf,
  encodeIndex,
  encodeJson,
  encodeManifest,
  formatPlatform,
  type ImageIndex,
  MAX_MANIFEST_BYTES,
  MEDIA_TYPES,
  parseDigest,
  parseImageConfig,
  parseManifest,
  parsePlatform,
} from '../../../src/oci/index.ts';
import { thrownCode } from '../fixtures.ts';

const E = { mediaType: MEDIA_TYPES.ociEmpty, digest: digestOf(Buffer.from('{}')), size: 2 };
const IMAGE = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config: E, layers: [E] };
const INDEX = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [E] };
const bytes = (json: unknown) => Buffer.from(JSON.stringify(json));

describe('parseManifest', () => {
  test('an error contains the beginning of an invalid annotation key, without control characters', () => {
    const key = `\u001b[2J${'k'.repeat(1_000)}`;
    const message = /^invalid manifest: annotations\.\\u001b\[2Jk{80,90}…: /;
    expect(() => parseManifest(bytes({ ...IMAGE, annotations: { [key]: 1 } }))).toThrow(message);
  });

  test('preserves the exact bytes, and the descriptor has their digest', () => {
    const odd = Buffer.from(`  ${JSON.stringify(IMAGE, null, 3)}\n`);
    const document = parseManifest(odd, `${MEDIA_TYPES.ociManifest}; charset=utf-8`);
    expect(document.bytes).toEqual(odd);
    expect(document.descriptor).toEqual({
      mediaType: MEDIA_TYPES.ociManifest,
      size: odd.byteLength,
      digest: digestOf(odd),
    });
  });

  test.each([
    {
      json: { ...IMAGE, mediaType: undefined },
      contentType: MEDIA_TYPES.dockerManifest,
      want: MEDIA_TYPES.dockerManifest,
    },
    { json: { ...IMAGE, mediaType: undefined }, contentType: undefined, want: MEDIA_TYPES.ociManifest },
    { json: { ...INDEX, mediaType: undefined }, contentType: 'application/json', want: MEDIA_TYPES.ociIndex },
    { json: { ...INDEX, mediaType: MEDIA_TYPES.dockerIndex }, contentType: undefined, want: MEDIA_TYPES.dockerIndex },
    { json: { ...INDEX, manifests: [] }, contentType: undefined, want: MEDIA_TYPES.ociIndex },
    { json: { ...IMAGE, layers: [], annotations: null }, contentType: undefined, want: MEDIA_TYPES.ociManifest },
  ])('determines the type $want from $contentType', ({ json, contentType, want }) => {
    expect(parseManifest(bytes(json), contentType).manifest.mediaType).toBe(want);
  });

  test.each([
    { name: 'nothing', body: Buffer.alloc(0), code: 'INVALID_MANIFEST' },
    { name: 'HTML', body: Buffer.from('<html>'), code: 'INVALID_MANIFEST' },
    { name: 'null', body: bytes(null), code: 'INVALID_MANIFEST' },
    { name: 'a list', body: bytes([IMAGE]), code: 'INVALID_MANIFEST' },
    { name: 'broken UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]), code: 'INVALID_MANIFEST' },
    { name: 'schema 1', body: bytes({ schemaVersion: 1, fsLayers: [] }), code: 'UNSUPPORTED_MEDIA_TYPE' },
    { name: 'an unknown type', body: bytes({ ...IMAGE, mediaType: 'text/x' }), code: 'UNSUPPORTED_MEDIA_TYPE' },
    { name: 'a missing config', body: bytes({ ...IMAGE, config: undefined }), code: 'INVALID_MANIFEST' },
    { name: 'layers that are not a list', body: bytes({ ...IMAGE, layers: {} }), code: 'INVALID_MANIFEST' },
    { name: 'an image that is also an index', body: bytes({ ...IMAGE, manifests: [] }), code: 'INVALID_MANIFEST' },
    { name: 'an index with a config', body: bytes({ ...INDEX, config: E }), code: 'INVALID_MANIFEST' },
    { name: 'a negative size', body: bytes({ ...IMAGE, layers: [{ ...E, size: -1 }] }), code: 'INVALID_MANIFEST' },
    { name: 'a fractional size', body: bytes({ ...IMAGE, layers: [{ ...E, size: 1.5 }] }), code: 'INVALID_MANIFEST' },
    {
      name: 'a size over 2^53',
      body: bytes({ ...IMAGE, layers: [{ ...E, size: 2 ** 60 }] }),
      code: 'INVALID_MANIFEST',
    },
    {
      name: 'a digest with a path',
      body: bytes({ ...IMAGE, layers: [{ ...E, digest: '../../x' }] }),
      code: 'INVALID_MANIFEST',
    },
    {
      name: 'a sha512 digest',
      body: bytes({ ...IMAGE, config: { ...E, digest: `sha512:${'0'.repeat(128)}` } }),
      code: 'INVALID_MANIFEST',
    },
    {
      name: 'annotations that are numbers',
      body: bytes({ ...IMAGE, annotations: { a: 1 } }),
      code: 'INVALID_MANIFEST',
    },
  ])('refuses $name', ({ body, code }) => {
    expect(thrownCode(() => parseManifest(body))).toBe(code);
  });

  test('refuses an image that was sent as an index, and vice versa', () => {
    expect(thrownCode(() => parseManifest(bytes(IMAGE), MEDIA_TYPES.ociIndex))).toBe('INVALID_MANIFEST');
    expect(thrownCode(() => parseManifest(bytes(INDEX), MEDIA_TYPES.dockerManifest))).toBe('INVALID_MANIFEST');
  });

  test('uses the type in the document if that of the registry is of the same kind', () => {
    const { descriptor } = parseManifest(bytes(IMAGE), MEDIA_TYPES.dockerManifest);
    expect(descriptor.mediaType).toBe(MEDIA_TYPES.ociManifest);
  });

  test.each([1, '2', null, undefined])(
    'ignores schemaVersion %s, since the media type determines the format',
    (schemaVersion) => {
      expect(parseManifest(bytes({ ...IMAGE, schemaVersion })).manifest.schemaVersion).toBe(2);
    },
  );

  test('accepts exactly the limit', () => {
    const padded = (size: number) => Buffer.from(JSON.stringify(IMAGE).padEnd(size));
    expect(thrownCode(() => parseManifest(padded(MAX_MANIFEST_BYTES)))).toBeUndefined();
    expect(thrownCode(() => parseManifest(padded(MAX_MANIFEST_BYTES + 1)))).toBe('TOO_LARGE');
  });
});

describe('encoding', () => {
  test('writes fields in the order of the specification, annotations sorted, characters escaped as Go does', () => {
    const { bytes: encoded } = encodeManifest({
      annotations: { b: '<me@example.com> & you', a: '1' },
      layers: [],
      config: { size: 2, digest: E.digest, mediaType: E.mediaType },
      mediaType: MEDIA_TYPES.ociManifest,
      schemaVersion: 2,
    });
    expect(encoded.toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociManifest}","config":{"mediaType":"${E.mediaType}","size":2,"digest":"${E.digest}"},` +
        '"layers":[],"annotations":{"a":"1","b":"\\u003cme@example.com\\u003e \\u0026 you"}}',
    );
  });

  test('parses what it encodes', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8', 'os.version': '1', 'os.features': ['x'] };
    const index: ImageIndex = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [{ ...E, platform }],
      subject: E,
    };
    const document = encodeIndex(index);
    expect(parseManifest(document.bytes)).toMatchObject({
      kind: 'index',
      descriptor: document.descriptor,
      manifest: index,
    });
  });
});

describe('choosePlatform', () => {
  const child = (letter: string, platform?: { os: string; architecture: string; variant?: string }) => ({
    ...E,
    digest: parseDigest(`sha256:${letter.repeat(64)}`),
    ...(platform === undefined ? {} : { platform }),
  });
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const arm64 = { os: 'linux', architecture: 'arm64' };
  test.each([
    { name: 'the matching one', children: [child('a', arm64), child('b', amd64)], want: 'b' },
    { name: 'the first of two', children: [child('a', amd64), child('b', amd64)], want: 'a' },
    { name: 'one without a platform, as linux/amd64', children: [child('a', arm64), child('b')], want: 'b' },
    {
      name: 'another platform if requested',
      children: [child('a'), child('b', { ...arm64, variant: 'v8' })],
      platform: arm64,
      want: 'b',
    },
    {
      name: 'not a single manifest with an empty platform',
      children: [child('a', { os: '', architecture: '' })],
      want: undefined,
    },
    { name: 'not a single manifest for another platform', children: [child('a', arm64)], want: undefined },
    { name: 'not an attestation', children: [child('a', { os: 'unknown', architecture: 'unknown' })], want: undefined },
    { name: 'nothing from an empty index', children: [], want: undefined },
    {
      name: 'not another variant',
      children: [child('a', arm64)],
      platform: { ...arm64, variant: 'v8' },
      want: undefined,
    },
  ])('selects $name', ({ children, platform, want }) => {
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: children };
    if (want === undefined) expect(thrownCode(() => choosePlatform(index, platform))).toBe('NO_PLATFORM');
    else expect(choosePlatform(index, platform).digest).toBe(`sha256:${want.repeat(64)}`);
  });
});

test('platforms are parsed and formatted', () => {
  expect(parsePlatform('linux/arm64/v8')).toEqual({ os: 'linux', architecture: 'arm64', variant: 'v8' });
  expect(formatPlatform({ os: '', architecture: '' })).toBe('-/-');
  for (const text of ['', 'linux', 'linux/', '/amd64', 'linux/arm64/', 'a/b/c/d']) {
    expect(
      thrownCode(() => parsePlatform(text)),
      text,
    ).toBe('INVALID_REFERENCE');
  }
});

test('null means absent, as in Go', () => {
  const platform = { os: 'linux', architecture: null, variant: null, 'os.version': null, 'os.features': null };
  const layer = { ...E, artifactType: null, urls: null, annotations: null, platform };
  const image = { ...IMAGE, mediaType: null, artifactType: null, subject: null, annotations: null, layers: [layer] };
  const { manifest } = parseManifest(bytes(image));
  expect(manifest).toEqual(
    parseManifest(bytes({ ...IMAGE, layers: [{ ...E, platform: { os: 'linux', architecture: '' } }] })).manifest,
  );
  expect(parseManifest(bytes({ ...INDEX, manifests: null }), MEDIA_TYPES.ociIndex).manifest).toMatchObject({
    manifests: [],
  });
  expect(parseManifest(bytes({ ...IMAGE, layers: null }), MEDIA_TYPES.ociManifest).manifest).toMatchObject({
    layers: [],
  });
});

describe('parseImageConfig', () => {
  test('parses an empty config, as ORAS writes it, and null values', () => {
    expect(parseImageConfig(bytes({}))).toMatchObject({ architecture: '', rootfs: { diff_ids: [] } });
    const nulls = {
      architecture: null,
      os: null,
      created: null,
      author: null,
      config: null,
      history: null,
      rootfs: null,
    };
    expect(parseImageConfig(bytes(nulls))).toMatchObject({ os: '', rootfs: { type: 'layers', diff_ids: [] } });
  });

  test('preserves unknown fields', () => {
    const config = parseImageConfig(
      bytes({ rootfs: { type: 'layers', diff_ids: null }, config: { Labels: null, X: 1 }, y: 2 }),
    );
    expect(config).toMatchObject({ architecture: '', os: '', rootfs: { diff_ids: [] }, config: { X: 1 }, y: 2 });
  });

  test.each([
    { name: 'labels that are numbers', json: { rootfs: { type: 'layers' }, config: { Labels: { a: 1 } } } },
    { name: 'a diff id that is none', json: { rootfs: { type: 'layers', diff_ids: ['x'] } } },
  ])('refuses $name', ({ json }) => {
    expect(thrownCode(() => parseImageConfig(encodeJson(json)))).toBe('INVALID_MANIFEST');
  });
});

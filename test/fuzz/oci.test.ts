import fc from 'fast-check';
import { expect } from 'vitest';
import { CacheError } from '../../src/cache/errors.ts';
import { formatManifest, parseManifest as parseSetManifest } from '../../src/cache/sets/manifest.ts';
import type { Json } from '../../src/json/value.ts';
import {
  digestOf,
  encodeIndex,
  encodeManifest,
  formatReference,
  MEDIA_TYPES,
  OciError,
  parseDockerConfig,
  parseManifest,
  parseReference,
  pullSecretCredentials,
} from '../../src/oci/index.ts';
import { fuzz, text } from './harness.ts';
import { mutatedJson } from './json.ts';
import { mutatedText } from './mutations.ts';

/** What comes of work: its value, or the OciError that it throws. Any other error is a fault. */
async function orOciError<T>(work: () => T | Promise<T>): Promise<T | OciError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
}

const HEX = 'ab'.repeat(32);
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const reference = fc
  .record({
    host: fc.constantFrom(
      '',
      'docker.io/',
      'index.docker.io/',
      'localhost/',
      'registry.example.com:5000/',
      '[::1]:5000/',
      '127.0.0.1/',
    ),
    path: fc.array(word, { minLength: 1, maxLength: 3 }),
    joint: fc.constantFrom('/', '.', '_', '__', '---'),
    tag: fc.constantFrom('', ':latest', ':v1.2.3', ':_x'),
    digest: fc.constantFrom('', `@sha256:${HEX}`),
  })
  .map(({ host, path, joint, tag, digest }) => `${host}${path.join(joint)}${tag}${digest}`);

fuzz('reference', {
  form: text,
  arbitrary: mutatedText(reference, [
    ':',
    '@',
    '/',
    '//',
    '.',
    '..',
    '-',
    '_',
    '[',
    ']',
    '%',
    '#',
    '?',
    'A',
    'sha256:',
    HEX,
    '0',
  ]),
  run: (written) => orOciError(() => parseReference(written)),
  async check(written, parsed) {
    const strict = await orOciError(() => parseReference(written, 'strict'));
    if (parsed instanceof OciError) return expect(strict, 'strict takes no more than weak').toBeInstanceOf(OciError);
    if (!(strict instanceof OciError)) expect(strict).toEqual(parsed);
    const formatted = formatReference(parsed);
    expect(parseReference(formatted), 'the full form means the same').toEqual(parsed);
    if (parsed.repository.length > 1) expect(parseReference(formatted, 'strict')).toEqual(parsed);
    const url = new URL(`https://${parsed.registry}/v2/${parsed.repository}/manifests/x`);
    expect(url.host, 'the host is the one that was written').toBe(hostOfUrl(parsed.registry));
    expect(url.pathname, 'the repository cannot leave its path').toBe(`/v2/${parsed.repository}/manifests/x`);
  },
});

/** The host and port as a URL writes them: lower case, IPv6 addresses short, ports without zeros and 443 left out. */
function hostOfUrl(registry: string): string {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(registry) ?? [];
  const name = host.startsWith('[') ? new URL(`https://${host}`).hostname : host.toLowerCase();
  return port === undefined || Number(port) === 443 ? name : `${name}:${Number(port)}`;
}

const descriptor = fc.record({
  mediaType: fc.constantFrom(...Object.values(MEDIA_TYPES)),
  size: fc.integer({ min: 0, max: 5_000 }),
  digest: fc.constant(`sha256:${HEX}`),
  annotations: fc.constantFrom<Json>({ 'io.crossplane.xpkg': 'base' }, null, {}),
  platform: fc.constantFrom<Json>({ os: 'linux', architecture: 'arm64', variant: 'v8' }, null),
  urls: fc.constantFrom<Json>(['https://example.com/x'], null),
});
const imageManifest: fc.Arbitrary<Json> = fc.record({
  schemaVersion: fc.constant(2),
  mediaType: fc.constantFrom(MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest),
  config: descriptor,
  layers: fc.array(descriptor, { maxLength: 3 }),
});
const imageIndex: fc.Arbitrary<Json> = fc.record({
  schemaVersion: fc.constant(2),
  mediaType: fc.constantFrom(MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex),
  manifests: fc.array(descriptor, { maxLength: 3 }),
});

/** JSON documents with changes to their values, then to their text. */
function documents(valid: fc.Arbitrary<Json>): fc.Arbitrary<string> {
  const written = mutatedJson(valid).map((value) => JSON.stringify(value));
  const tokens = ['{', '}', '[', ']', ',', ':', '"', 'null', '1e999', '-0', '\\u0000', '\\ud800', '"mediaType":', '[['];
  return fc.oneof(written, mutatedText(written, tokens));
}

fuzz('manifest', {
  form: text,
  arbitrary: documents(fc.oneof(imageManifest, imageIndex)),
  run: (written) => orOciError(() => parseManifest(Buffer.from(written))),
  check(written, document) {
    if (document instanceof OciError)
      return expect(document.code).toMatch(/^(INVALID_MANIFEST|UNSUPPORTED_MEDIA_TYPE)$/);
    const { bytes, descriptor: own } = document;
    expect(bytes.equals(Buffer.from(written)), 'the bytes are the document').toBe(true);
    expect(own.digest).toBe(digestOf(bytes));
    const again = document.kind === 'image' ? encodeManifest(document.manifest) : encodeIndex(document.manifest);
    expect(parseManifest(again.bytes).manifest, 'what was understood survives another round').toEqual(
      document.manifest,
    );
  },
});

const setManifest: fc.Arbitrary<Json> = fc
  .record({ chunkSize: fc.integer({ min: 1, max: 5_000 }), chunks: fc.integer({ min: 1, max: 4 }), name: word })
  .map(({ chunkSize, chunks, name }) => ({
    version: 1,
    file: `${name}.gz`,
    size: chunkSize * chunks,
    sha256: HEX,
    chunkSize,
    chunks: Array<string>(chunks).fill(HEX),
    artifact: { source: `registry.example.com/${name}`, digest: `sha256:${HEX}` },
  }));

fuzz('cache-manifest', {
  form: text,
  arbitrary: documents(setManifest),
  run: (written) => {
    try {
      return parseSetManifest(written, 'x');
    } catch (error) {
      if (error instanceof CacheError) return error;
      throw error;
    }
  },
  check(_, manifest) {
    if (manifest instanceof CacheError) return;
    expect(manifest.file, 'it cannot leave the folder').not.toMatch(/[/\0]|^\./);
    expect(parseSetManifest(formatManifest(manifest), 'x')).toEqual(manifest);
  },
});

const SECRET = 'hunter2';
const ENCODED = Buffer.from(`user:${SECRET}`).toString('base64');
const authEntry: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  { auth: ENCODED },
  { username: 'user', password: SECRET },
  { identitytoken: SECRET },
  { registrytoken: SECRET },
  { auth: SECRET },
  {},
);
const registryKey = fc.constantFrom(
  'https://index.docker.io/v1/',
  'registry.example.com',
  'registry.example.com/acme',
  '*.example.com',
  'https://registry.example.com/v2/',
  '__proto__',
);
const dockerConfig: fc.Arbitrary<Json> = fc.record({
  auths: fc.array(fc.tuple(registryKey, authEntry), { maxLength: 3 }).map((list) => Object.fromEntries(list)),
  credHelpers: fc.constantFrom<Json>({ 'registry.example.com': 'ecr-login' }, null, {}),
  credsStore: fc.constantFrom<Json>('', 'desktop', null),
});
const REPOSITORY = parseReference('registry.example.com/acme/cfg');

fuzz('docker-config', {
  form: text,
  arbitrary: documents(dockerConfig),
  run: async (written) => {
    const data = { '.dockerconfigjson': Buffer.from(written).toString('base64') };
    const secret = { name: 's', type: 'kubernetes.io/dockerconfigjson', data };
    const parsed = await orOciError(() => parseDockerConfig(written, 'config.json'));
    return [parsed, await orOciError(() => pullSecretCredentials([secret], REPOSITORY))];
  },
  check(_, outcomes) {
    for (const outcome of outcomes) {
      if (!(outcome instanceof OciError)) continue;
      expect(outcome.code).toBe('INVALID_CREDENTIALS');
      const said = `${outcome.message} ${String(outcome.cause)}`;
      expect(said.includes(SECRET) || said.includes(ENCODED.slice(4)), 'an error holds no secret').toBe(false);
    }
  },
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ArtifactFetcher, FetchTask } from '../../../../src/cache/artifacts/fetch.ts';
import {
  createRegistryClient,
  type Image,
  parseReference,
  pushArtifact,
  type RegistryClient,
} from '../../../../src/oci/index.ts';
import { FAST_RETRY, smallImage } from '../../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../../oci/registry-server.ts';
import { sourceFetcher } from './threads.ts';

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
const never = new AbortController().signal;

let registry: RegistryServer;
let client: RegistryClient;
let fetcher: ArtifactFetcher;

beforeAll(() => {
  fetcher = sourceFetcher();
});
afterAll(() => fetcher.close());
beforeEach(async () => {
  registry = await startRegistry();
  client = createRegistryClient({ retry: FAST_RETRY });
  return async () => {
    await client.close();
    await registry.close();
  };
});

async function push(name: string, image: Image): Promise<string> {
  await pushArtifact(client, parseReference(`${registry.host}/${name}`), image);
  registry.requests.length = 0;
  return image.document.descriptor.digest;
}

function find(over: Partial<FetchTask['request']> = {}, known?: string): FetchTask {
  const request: FetchTask['request'] = {
    repository: { registry: registry.host, repository: 'acme/cfg' },
    selection: { kind: 'tag', tag: 'v1.0.0' },
    content: { kind: 'package' },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
    ...over,
  };
  return { request, scope: '', requester: 'team', step: { kind: 'find', known } };
}

describe('a fetch in a thread', () => {
  test('returns revision, manifest and content', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const artifact = await fetcher.run(client, find(), never);
    if (artifact === 'unchanged') throw new Error('unchanged');
    expect(artifact.fetched).toMatchObject({ revision: `v1.0.0@${digest}`, digest });
    expect(artifact.content.bytes).toHaveLength(artifact.fetched.manifest.size);
    expect(gunzipSync(artifact.content.bytes).toString()).toBe(YAML);
  });

  test('restores the recorded revision of the requester from the store, without the registry', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'worker-store-'));
    const stored = sourceFetcher({ store: { directory, maxBytes: 1e6 } });
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await stored.run(client, find(), never);
    registry.requests.length = 0;
    const restored = await stored.run(client, { ...find(), step: { kind: 'restore' } }, never);
    expect(restored).toMatchObject({ fetched: { revision: `v1.0.0@${digest}`, digest, packageType: 'Configuration' } });
    expect(await stored.run(client, { ...find(), requester: 'other', step: { kind: 'restore' } }, never)).toBe(
      'unchanged',
    );
    expect(registry.requests).toEqual([]);
    await stored.close();
    rmSync(directory, { recursive: true });
  });

  test('selects the highest tag of a range, and reports a known revision', async () => {
    for (const tag of ['v1.0.0', 'v1.2.0', 'v2.0.0'])
      await push(`acme/cfg:${tag}`, await smallImage(`${YAML}# ${tag}`));
    const selection = { kind: 'semver', semver: '^1', semverFilter: '^v' } as const;
    const artifact = await fetcher.run(client, find({ selection }), never);
    if (artifact === 'unchanged') throw new Error('unchanged');
    expect(artifact.fetched.revision).toMatch(/^v1\.2\.0@/);
    expect(await fetcher.run(client, find({ selection }, artifact.fetched.revision), never)).toBe('unchanged');
  });

  test('refuses a manifest of more than a mebibyte before parsing it', async () => {
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      size: 1,
      digest: `sha256:${'0'.repeat(64)}`,
    };
    const manifest = { schemaVersion: 2, config: layer, layers: Array.from({ length: 8_000 }, () => layer) };
    const bytes = Buffer.from(JSON.stringify(manifest));
    registry.putManifest('acme/cfg', 'v1.0.0', bytes, 'application/vnd.oci.image.manifest.v1+json');
    await expect(fetcher.run(client, find(), never)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('1048576 bytes'),
    });
  });
});

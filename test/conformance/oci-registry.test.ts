import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildIndex,
  bytesBlob,
  copyArtifact,
  createRegistryClient,
  dockerConfigSource,
  encodeManifest,
  type Image,
  MEDIA_TYPES,
  parseReference,
  pullArtifact,
  pullImage,
  pushArtifact,
  type RegistryClient,
  type RegistryClientOptions,
  readConfig,
  readFlattened,
  readImageLayout,
  readImageTarball,
  selectTag,
  writeImageLayout,
  writeImageTarball,
} from '../../src/oci/index.ts';
import { collect, rejection, smallImage } from '../oci/fixtures.ts';
import { toolPath } from '../tools/index.ts';
import { REGISTRY_USER, type RegistryProcess, startRegistryProcess } from './registry-process.ts';

const run = promisify(execFile);
const certificate = (name: string) => join(import.meta.dirname, '../oci/certificates', name);
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64' };

const setUps = [
  { name: 'plain', options: {} },
  {
    name: 'TLS and basic auth',
    options: { tls: { certificate: certificate('server.pem'), key: certificate('server.key') }, basicAuth: true },
  },
] as const;

describe.each(setUps)('a docker-registry with $name', ({ options }) => {
  let registry: RegistryProcess;
  let folder: string;
  let client: RegistryClient;
  let environment: NodeJS.ProcessEnv;
  let clientOptions: RegistryClientOptions;

  beforeAll(async () => {
    registry = await startRegistryProcess(options);
    folder = await mkdtemp(join(tmpdir(), 'oci-conformance-'));
    const auth = Buffer.from(`${REGISTRY_USER.username}:${REGISTRY_USER.password}`).toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    environment = { ...process.env, DOCKER_CONFIG: folder, SSL_CERT_FILE: certificate('ca.pem') };
    clientOptions = {
      credentials: dockerConfigSource({ DOCKER_CONFIG: folder }),
      ca: await readFile(certificate('ca.pem'), 'utf8'),
    };
    client = createRegistryClient(clientOptions);
  });
  afterAll(async () => {
    await client.close();
    await registry.close();
    await rm(folder, { recursive: true });
  });

  const reference = (name: string) => parseReference(`${registry.host}/${name}`);
  async function crane(...args: string[]): Promise<string> {
    const { stdout } = await run(toolPath('crane'), args, { env: environment, encoding: 'utf8' });
    return stdout.trim();
  }

  test('crane reads and validates an image that we pushed', async () => {
    const image = await smallImage('from us');
    await pushArtifact(client, reference('us/image:v1'), image);
    const name = `${registry.host}/us/image:v1`;
    expect(await crane('digest', name)).toBe(image.document.descriptor.digest);
    expect(await crane('manifest', name)).toBe(image.document.bytes.toString());
    expect(await crane('config', name)).toBe((await readConfig(image)).toString());
    expect(await crane('validate', '--remote', name)).toContain('PASS');
  });

  test('crane reads and validates an index that we pushed', async () => {
    const index = buildIndex([
      { artifact: await smallImage('one', { platform: ARM64 }), platform: ARM64 },
      { artifact: await smallImage('two', { platform: AMD64, format: 'oci' }), platform: AMD64 },
    ]);
    await pushArtifact(client, reference('us/index:v1'), index);
    const name = `${registry.host}/us/index:v1`;
    expect(await crane('digest', name)).toBe(index.document.descriptor.digest);
    expect(await crane('digest', '--platform', 'linux/amd64', name)).toBe(
      index.children[1]?.document.descriptor.digest,
    );
    expect(await crane('validate', '--remote', name)).toContain('PASS');
  });

  test('crane reads our tarball of an image as the same image', async () => {
    const path = join(folder, 'ours.tar');
    await writeImageTarball(path, await smallImage('in a file'));
    expect(await crane('digest', '--tarball', path)).toBe((await readImageTarball(path)).document.descriptor.digest);
    expect(await crane('validate', '--tarball', path)).toContain('PASS');
  });

  test('we read the output of crane from a registry, a tarball and a layout', async () => {
    const path = join(folder, 'layer.tar');
    await run('tar', ['-C', import.meta.dirname, '-cf', path, 'oci-registry.test.ts']);
    const name = `${registry.host}/crane/image:v1`;
    await crane('append', '--new_layer', path, '--new_tag', name, '--oci-empty-base');
    const { image, root } = await pullImage(client, reference('crane/image:v1'));
    expect(root.digest).toBe(await crane('digest', name));
    const files: [string, Buffer][] = [];
    for await (const { name: file, content } of readFlattened(image.layers, { maxBytes: 1e6 }))
      files.push([file, await collect(content)]);
    expect(files).toEqual([['oci-registry.test.ts', await readFile(import.meta.filename)]]);

    await crane('pull', name, join(folder, 'crane.tar'));
    const { layers } = await readImageTarball(join(folder, 'crane.tar'));
    expect(layers.map(({ descriptor }) => descriptor.digest)).toEqual(
      image.layers.map(({ descriptor }) => descriptor.digest),
    );
    await crane('pull', '--format', 'oci', name, join(folder, 'layout'));
    const [entry] = await readImageLayout(join(folder, 'layout'));
    expect(entry?.artifact.document.descriptor.digest).toBe(root.digest);
  });

  test('copies and layouts keep manifests unchanged', async () => {
    const from = { client, reference: reference('us/index:v1') };
    await copyArtifact(from, { client, reference: reference('copy/index:v2') });
    expect(await crane('digest', `${registry.host}/copy/index:v2`)).toBe(
      await crane('digest', `${registry.host}/us/index:v1`),
    );
    expect(await crane('validate', '--remote', `${registry.host}/copy/index:v2`)).toContain('PASS');
    const artifact = await pullArtifact(client, from.reference);
    await writeImageLayout(join(folder, 'ours'), [{ artifact, name: 'v1' }]);
    await crane('push', '--index', join(folder, 'ours'), `${registry.host}/crane/index:v1`);
    // crane pushes index.json itself, whose only entry is our index.
    const pushed = await pullArtifact(client, reference('crane/index:v1'));
    expect(pushed.kind === 'index' && pushed.children.map(({ document }) => document)).toEqual([artifact.document]);
  });

  test('lists tags, selects one, and reports a missing one', async () => {
    const image = await smallImage('tagged');
    for (const tag of ['v1.0.0', 'v1.1.0', 'v2.0.0-rc.1', 'latest'])
      await pushArtifact(client, reference(`us/tags:${tag}`), image);
    const tags = await client.listTags(reference('us/tags'));
    expect(tags.toSorted()).toEqual((await crane('ls', `${registry.host}/us/tags`)).split('\n').toSorted());
    expect(await selectTag(tags, { semver: '>=1' })).toBe('v1.1.0');
    expect((await rejection(client.listTags(reference('us/none')), 'NOT_FOUND')).registryErrors[0]?.code).toBe(
      'NAME_UNKNOWN',
    );
    const missing = await rejection(client.fetchManifest(reference('us/tags:v9')), 'NOT_FOUND');
    expect(missing.registryErrors[0]?.code).toBe('MANIFEST_UNKNOWN');
  });

  test('stores referrers under the fallback tag, as this registry has no referrers API', async () => {
    const image = await smallImage('with an SBOM');
    await pushArtifact(client, reference('us/referrers:v1'), image);
    const config = bytesBlob(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
    const layer = bytesBlob('text/spdx+json', Buffer.from('{"spdxVersion":"SPDX-2.3"}'));
    const document = encodeManifest({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      artifactType: 'text/spdx+json',
      config: config.descriptor,
      layers: [layer.descriptor],
      subject: image.document.descriptor,
    });
    const sbom: Image = { kind: 'image', document, config, layers: [layer] };
    await pushArtifact(client, { ...reference('us/referrers'), digest: document.descriptor.digest }, sbom);
    const found = await client.listReferrers(reference('us/referrers'), image.document.descriptor.digest);
    expect(found).toMatchObject([{ digest: document.descriptor.digest, artifactType: 'text/spdx+json' }]);
  });

  if ('basicAuth' in options) {
    test('refuses clients without a login, even with the custom CA', async () => {
      const stranger = createRegistryClient({ ca: clientOptions.ca ?? '' });
      await rejection(stranger.listTags(reference('us/tags')), 'UNAUTHORIZED');
      await stranger.close();
      const untrusting = createRegistryClient({
        credentials: clientOptions.credentials ?? { get: async () => undefined },
      });
      await rejection(untrusting.listTags(reference('us/tags')), 'CONNECTION');
      await untrusting.close();
    });
  }
});

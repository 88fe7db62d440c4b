import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createRegistryClient,
  parseReference,
  pullArtifact,
  pullImage,
  type RegistryClient,
  readAll,
} from '../../src/oci/index.ts';
import {
  buildPackage,
  type PackageImage,
  parseTarget,
  pushPackages,
  readPackageYaml,
  SPDX_MEDIA_TYPE,
  XpkgError,
} from '../../src/xpkg/index.ts';
import { FAST_RETRY } from '../oci/fixtures.ts';
import { fail, type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { file, imageOf, rejection, SMALL_META } from './fixtures.ts';

let registry: RegistryServer;
let client: RegistryClient;
beforeEach(async () => {
  registry = await startRegistry();
  client = createRegistryClient({ retry: FAST_RETRY });
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

const sources = { files: [{ path: 'x.yaml', text: SMALL_META }], examples: undefined };

async function packageFor(architecture: string, os = 'linux') {
  const runtime =
    architecture === '' ? undefined : await imageOf([{ entries: [file('bin/x', architecture)] }], { os, architecture });
  const { image } = await buildPackage(sources, runtime);
  return { path: `${architecture || 'any'}.xpkg`, image };
}

test('pushes one package, with its layers annotated with the labels of the config', async () => {
  const target = parseTarget(`${registry.host}/a/b:v1.0.0`);
  const { digest } = await pushPackages(client, target, [await packageFor('amd64')]);
  const { image, root } = await pullImage(client, target);
  expect(root.digest).toBe(digest);
  const marks = image.document.manifest.layers.map(({ annotations }) => annotations?.['io.crossplane.xpkg']);
  expect(marks).toEqual([undefined, 'base']);
  expect((await readPackageYaml(image)).toString()).toMatch(/^---\n/);
});

test('pushes several packages as an index of platforms, annotated like its manifests', async () => {
  const target = parseTarget(`${registry.host}/a/b:v1.0.0`);
  const packages = [await packageFor('amd64'), await packageFor('arm64')];
  await pushPackages(client, target, packages, { annotations: { 'a.b': 'c=d' } });
  const artifact = await pullArtifact(client, target);
  if (artifact.document.kind !== 'index' || artifact.kind !== 'index') throw new Error('no index');
  expect(artifact.document.manifest.annotations).toEqual({ 'a.b': 'c=d' });
  expect(
    artifact.document.manifest.manifests.map(({ platform, artifactType }) => ({ platform, artifactType })),
  ).toEqual(
    ['amd64', 'arm64'].map((architecture) => ({
      platform: { architecture, os: 'linux' },
      artifactType: 'application/vnd.docker.container.image.v1+json',
    })),
  );
  expect(artifact.children.map(({ document }) => document.manifest.annotations)).toEqual([
    { 'a.b': 'c=d' },
    { 'a.b': 'c=d' },
  ]);
});

test('attaches SBOMs to their images', async () => {
  const target = parseTarget(`${registry.host}/a/b:v1`);
  const packages = await Promise.all(
    ['amd64', 'arm64'].map(async (one) => ({ ...(await packageFor(one)), sbom: Buffer.from(`{"${one}":1}`) })),
  );
  await pushPackages(client, target, packages);
  const artifact = await pullArtifact(client, target);
  if (artifact.kind !== 'index') throw new Error('no index');
  for (const child of artifact.children) {
    const referrers = await client.listReferrers(target, child.document.descriptor.digest);
    expect(referrers.map(({ artifactType }) => artifactType)).toEqual([SPDX_MEDIA_TYPE]);
  }
});

describe('a registry with immutable tags', () => {
  /** Refuses to overwrite a tag, as ECR, ACR and Harbor do. */
  const refuseTags = (status: number) => {
    registry.fault = ({ method, url = '' }, response) => {
      const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url) ?? [];
      if (method !== 'PUT' || !registry.manifests.has(`${repository}:${tag}`)) return false;
      fail(response, status, 'TAG_INVALID', 'the tag is immutable');
      return true;
    };
  };

  test.each([400, 403, 409, 412])('that responds with %s: pushing the same package again succeeds', async (status) => {
    const target = parseTarget(`${registry.host}/a/b:v1`);
    const packages = await Promise.all(
      ['amd64', 'arm64'].map(async (one) => ({ ...(await packageFor(one)), sbom: Buffer.from(`{"${one}":1}`) })),
    );
    const first = await pushPackages(client, target, packages);
    refuseTags(status);
    expect(await pushPackages(client, target, packages)).toEqual(first);
  });

  test('pushing another package is refused, with both digests', async () => {
    const target = parseTarget(`${registry.host}/a/b:v1`);
    const first = await pushPackages(client, target, [await packageFor('amd64')]);
    refuseTags(400);
    const work = pushPackages(client, target, [await packageFor('arm64')]);
    await expect(work).rejects.toThrow(
      new RegExp(`the tag is immutable.*; v1 has digest ${first.digest} in the registry, not sha256:`),
    );
  });
});

describe('a registry that refuses manifests with a subject', () => {
  let packages: PackageImage[];
  beforeEach(async () => {
    packages = [{ ...(await packageFor('amd64')), sbom: Buffer.from('{"a":1}') }];
  });
  const refuse = (text: string, status: number) => {
    registry.refuseManifest = (bytes) => (bytes.includes(text) ? status : undefined);
  };

  test.each([400, 404, 405, 415])(
    'with %s gets the SBOM under the tag of cosign, which a note names',
    async (status) => {
      const target = parseTarget(`${registry.host}/a/b:v1`);
      refuse('"subject"', status);
      const notes: string[] = [];
      const { digest } = await pushPackages(client, target, packages, { onNote: (line) => notes.push(line) });
      const tag = `${digest.replace(':', '-')}.sbom`;
      const { image } = await pullImage(client, { ...target, tag });
      const [layer] = image.layers;
      expect(layer?.descriptor.mediaType).toBe(SPDX_MEDIA_TYPE);
      expect(layer && (await readAll(layer.open(), 100, 'it'))).toEqual(Buffer.from('{"a":1}'));
      expect(notes).toEqual([expect.stringContaining(`pushed the SBOM as ${registry.host}/a/b:${tag}`)]);
    },
  );

  test('and also refuses the SBOM: the error reports that the package was pushed', async () => {
    const target = parseTarget(`${registry.host}/a/b:v1`);
    refuse('spdx', 403);
    const error = await rejection(pushPackages(client, target, packages), 'SBOM_NOT_ATTACHED');
    const { root } = await pullImage(client, target);
    expect(error.message).toMatch(
      new RegExp(`^pushed ${registry.host}/a/b:v1@${root.digest}, but cannot attach the SBOM of sha256:`),
    );
  });
});

describe('files that cannot form an index are refused before any request', () => {
  for (const { name, packages } of [
    { name: 'two files for one platform', packages: [['amd64'], ['amd64']] },
    { name: 'a Configuration and a Function', packages: [['amd64'], ['']] },
    { name: 'two Configurations', packages: [[''], ['']] },
    { name: 'a platform without an operating system', packages: [['amd64'], ['arm64', '']] },
  ] as const) {
    test(name, async () => {
      const files = await Promise.all(packages.map(([architecture, os]) => packageFor(architecture, os)));
      await rejection(pushPackages(client, parseTarget(`${registry.host}/a/b:v1`), files), 'INVALID_PLATFORMS');
      expect(registry.requests).toEqual([]);
    });
  }

  test('no file', async () => {
    await rejection(pushPackages(client, parseTarget(`${registry.host}/a/b:v1`), []), 'INVALID_ARGUMENT');
  });
});

describe('parseTarget', () => {
  for (const { text, reason } of [
    { text: 'a/b:v1', reason: 'the registry is missing' },
    { text: 'registry.example.com/a/b', reason: 'the tag is missing' },
    { text: `registry.example.com/a/b@sha256:${'0'.repeat(64)}`, reason: 'a digest is not a target' },
    { text: `registry.example.com/a/b:v1@sha256:${'0'.repeat(64)}`, reason: 'nor is a tag with a digest' },
    { text: 'registry.example.com/A/b:v1', reason: 'upper case' },
    { text: '', reason: 'nothing' },
  ]) {
    test(`refuses "${text}": ${reason}`, () => {
      const act = () => parseTarget(text);
      expect(act).toThrow(XpkgError);
      expect(act).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    });
  }

  test('takes any tag', () => {
    const text = 'registry.example.com:5000/a/b:not-a-version';
    expect(parseTarget(text)).toEqual(parseReference(text, 'strict'));
  });
});

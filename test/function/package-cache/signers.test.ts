import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import {
  buildImage,
  bytesBlob,
  createRegistryClient,
  encodeJson,
  parseReference,
  pushArtifact,
} from '../../../src/oci/index.ts';
import { sourceFetcher } from '../../cache/artifacts/worker/threads.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { newInstance, signPayload, trustedRootOf } from '../../oci/sigstore/instance.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, startCluster } from './cluster.ts';

// A claim that requires signatures by certificates, which are verified in the thread where the service verifies them.

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
const instance = newInstance();
const ROOT = JSON.stringify(trustedRootOf(instance));
const MATCHING = [{ issuer: '^https://issuer\\.test$', subject: '^https://git\\.test/acme/' }];

let registry: RegistryServer;
let artifacts: ArtifactSource;
let cluster: Cluster;

beforeEach(async () => {
  registry = await startRegistry();
  artifacts = createArtifactSource({
    fetcher: sourceFetcher(),
    aws: () => ({ get: async () => undefined }),
    now: () => 0,
    createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
  });
  cluster = startCluster({ source: artifacts, budgetMs: 10_000 });
  cluster.input = { allowedRegistries: [registry.host], allowLocalAddresses: true, allowInsecure: true };
  await pushSigned();
});
afterEach(async () => {
  await artifacts.close();
  await registry.close();
});

async function pushSigned(): Promise<void> {
  const client = createRegistryClient({ retry: FAST_RETRY });
  const image = await smallImage(YAML);
  const { digest } = image.document.descriptor;
  const payload = Buffer.from(`{"critical":{"image":{"docker-manifest-digest":"${digest}"}}}`);
  const type = 'application/vnd.dev.cosign.simplesigning.v1+json';
  const signature = bytesBlob(type, payload, signPayload(instance, payload));
  const config = encodeJson({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [] } });
  await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:v1`), image);
  const signatures = buildImage({ config, layers: [signature], format: 'oci' });
  await pushArtifact(client, parseReference(`${registry.host}/acme/cfg:${digest.replace(':', '-')}.sig`), signatures);
  await client.close();
}

async function outcome(verify: JsonObject): Promise<string> {
  const ref = { tag: 'v1' };
  cluster.sources = [{ name: 'cfg', url: `oci://${registry.host}/acme/cfg`, ref, insecure: true, verify }];
  await cluster.reconcile();
  const condition = conditionOf(await cluster.reconcile());
  const { message = '' } = objectAt(cluster.status, 'packageCache', 'cfg');
  return `${condition}: ${message}`;
}
const secret = (key: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  data: { [key]: Buffer.from(ROOT).toString('base64') },
});

test('takes the root from a Secret of the claim', async () => {
  cluster.objects.set('Secret/default/root', secret('trusted_root.json'));
  const verify = { matchOIDCIdentity: MATCHING, trustedRootSecretRef: { name: 'root' } };
  expect(await outcome(verify)).toMatch(/^true/);
});

test.each([
  { where: 'a ConfigMap of the platform', trustedRoot: { name: 'root' }, key: 'ConfigMap/crossplane-system/root' },
  {
    where: 'a Secret of the platform',
    trustedRoot: { kind: 'Secret', name: 'root', namespace: 'sigstore' },
    key: 'Secret/sigstore/root',
  },
])('takes the root from $where', async ({ trustedRoot, key }) => {
  cluster.input = { ...cluster.input, trustedRoot };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { 'trusted_root.json': ROOT } };
  cluster.objects.set(key, key.startsWith('Secret') ? secret('trusted_root.json') : configMap);
  expect(await outcome({ matchOIDCIdentity: MATCHING })).toMatch(/^true/);
});

test('takes the built-in root of the public instance when the Input names it, and requires no object', async () => {
  cluster.input = { ...cluster.input, trustedRoot: { kind: 'PublicGood' } };
  // Another instance issued the certificate: the root was used, and does not contain the issuer.
  expect(await outcome({ matchOIDCIdentity: MATCHING })).toContain('invalid certificate');
  cluster.objects.set('Secret/default/root', secret('trusted_root.json'));
  const verify = { matchOIDCIdentity: MATCHING, trustedRootSecretRef: { name: 'root' } };
  expect(await outcome(verify)).toMatch(/^true/);
});

test.each([
  {
    name: 'there is no root',
    verify: { matchOIDCIdentity: MATCHING },
    want: 'false VerifyFailed: verify.matchOIDCIdentity requires a trusted root of sigstore; set verify.trustedRootSecretRef',
  },
  {
    name: 'the Secret or ConfigMap of the root does not exist',
    verify: { matchOIDCIdentity: MATCHING, trustedRootSecretRef: { name: 'gone' } },
    want: 'false VerifyFailed: Secret gone in namespace default not found',
  },
  {
    name: 'the root is under another key',
    verify: { matchOIDCIdentity: MATCHING, trustedRootSecretRef: { name: 'other' } },
    want: 'false VerifyFailed: the Secret other must have the key trusted_root.json',
  },
  {
    name: 'the artifact has another signer',
    verify: { matchOIDCIdentity: [{ issuer: '.*', subject: '^nobody$' }], trustedRootSecretRef: { name: 'root' } },
    want: 'who is not an expected signer)',
  },
  {
    name: 'an expression is invalid',
    verify: { matchOIDCIdentity: [{ issuer: '(', subject: '.*' }], trustedRootSecretRef: { name: 'root' } },
    want: 'invalid expression for issuers "("',
  },
])('refuses when $name', async ({ verify, want }) => {
  cluster.objects.set('Secret/default/root', secret('trusted_root.json'));
  cluster.objects.set('Secret/default/other', secret('root.json'));
  const told = await outcome(verify);
  expect(told).toMatch(/^false/);
  expect(told).toContain(want);
});

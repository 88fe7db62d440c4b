import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { type PullSecret, pullSecretSource } from '../../../src/oci/index.ts';
import { type Cluster, startCluster } from '../../function/package-cache/cluster.ts';
import { HOST, stubRegistry } from '../../function/package-cache/stub-registry.ts';

// A tenant may create Secrets and ServiceAccounts of any content in its namespace, and make Crossplane read them in every call.

const base64 = (text: string) => Buffer.from(text).toString('base64');
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

let cluster: Cluster;
let stub: ReturnType<typeof stubRegistry>;

beforeEach(() => {
  stub = stubRegistry();
  stub.push('acme/cfg', 'v1', 'one');
  cluster = startCluster(stub.artifacts);
  cluster.input = { allowedRegistries: [HOST], allowProxies: true, allowCertificates: true };
});

interface Attack {
  readonly attack: string;
  readonly source: JsonObject;
  /** The object named `evil`. */
  readonly kind: 'Secret' | 'ServiceAccount';
  readonly object: JsonObject;
  readonly refused: RegExp;
}

const account = { serviceAccountName: 'evil' };
const named = (...names: unknown[]): JsonObject => ({
  imagePullSecrets: JSON.parse(JSON.stringify(names.map((name) => ({ name })))),
});
const filler = 'A'.repeat(600_000);

const attacks: readonly Attack[] = [
  {
    attack: 'names 30,000 pull secrets, each of which Crossplane would have to fetch',
    source: account,
    kind: 'ServiceAccount',
    object: named(...many(30_000, (index) => `p${index}`)),
    refused: /^cfg: the ServiceAccount evil in namespace default has [\d.]+ KiB, the limit is 32 KiB; /,
  },
  {
    attack: 'names one pull secret too many',
    source: account,
    kind: 'ServiceAccount',
    object: named(...many(21, (index) => `p${index}`)),
    refused: /^cfg: the ServiceAccount evil has 21 imagePullSecrets, the limit is 20; /,
  },
  ...['kube-system/admin', '../secrets/x', 'a\u0000b', '__proto__', 'x\u202e'].map(
    (name): Attack => ({
      attack: `names a pull secret that cannot be, ${JSON.stringify(name)}`,
      source: account,
      kind: 'ServiceAccount',
      object: named(name),
      refused:
        /^cfg: the ServiceAccount evil has the invalid name "[ -~]+" in imagePullSecrets: must be the name of a Secret$/,
    }),
  ),
  {
    attack: 'holds thousands of public keys',
    source: { verify: { secretRef: { name: 'evil' } } },
    kind: 'Secret',
    object: { data: Object.fromEntries(many(5_000, (index) => [`k${index}.pub`, 'eA=='])) },
    refused: /^cfg: the Secret evil in namespace default has [\d.]+ KiB, the limit is 64 KiB; /,
  },
  {
    attack: 'holds hundreds of certificates',
    source: { certSecretRef: { name: 'evil' } },
    kind: 'Secret',
    object: {
      data: { 'ca.crt': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'.repeat(51)) },
    },
    refused: /^cfg: ca\.crt of the Secret evil has more than 50 certificates$/,
  },
  ...[
    { source: { secretRef: { name: 'evil' } }, key: '.dockerconfigjson' },
    { source: { certSecretRef: { name: 'evil' } }, key: 'ca.crt' },
    { source: { proxySecretRef: { name: 'evil' } }, key: 'address' },
    {
      source: {
        verify: { matchOIDCIdentity: [{ issuer: 'i', subject: 's' }], trustedRootSecretRef: { name: 'evil' } },
      },
      key: 'trusted_root.json',
    },
  ].map(
    ({ source, key }): Attack => ({
      attack: `is as large as a Secret gets, by ${key}`,
      source,
      kind: 'Secret',
      object: { type: 'kubernetes.io/dockerconfigjson', data: { [key]: filler } },
      refused: /^cfg: the Secret evil in namespace default has [\d.]+ KiB, the limit is 512 KiB; /,
    }),
  ),
];

describe('an object of a tenant is refused before it uses resources of others, when it', () => {
  for (const { attack, source, kind, object, refused } of attacks) {
    test(attack, async () => {
      cluster.sources = [{ name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, ...source }];
      cluster.objects.set(`${kind}/default/evil`, object);
      const { conditions, requirements } = await cluster.reconcile();
      const { message } = conditions.find(({ type }) => type === 'PackageCacheReady') ?? {};
      expect(message).toMatch(refused);
      expect(Object.keys(requirements.resources ?? {}).length).toBeLessThan(10);
      expect(stub.asked).toEqual([]);
    });
  }
});

test('what a source does not read of a Secret is not decoded', async () => {
  const auths = JSON.stringify({ auths: { [HOST]: { username: 'u', password: 'p' } } });
  const others = Object.fromEntries(many(10_000, (index) => [`other-${index}`, 'eA==']));
  const data = { ...others, '.dockerconfigjson': base64(auths) };
  cluster.objects.set('Secret/default/pull', { type: 'kubernetes.io/dockerconfigjson', data });
  cluster.sources = [{ name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, secretRef: { name: 'pull' } }];
  await cluster.reconcile();
  const [{ request } = { request: undefined }] = stub.asked;
  expect(request?.connection).toMatchObject({ pullSecrets: [{ data: { '.dockerconfigjson': base64(auths) } }] });
  expect(JSON.stringify(request)).not.toContain('other-');
});

describe('a pull secret is refused with', () => {
  const repository = { registry: 'registry.example.com', repository: 'acme/cfg' };
  const secretOf = (...keys: readonly string[]): PullSecret => ({
    name: 'pull',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(`{"auths":{${keys.map((key) => `${JSON.stringify(key)}:{}`).join(',')}}}`) },
  });
  const cases: readonly [string, readonly PullSecret[], string][] = [
    [
      '201 entries',
      [secretOf(...many(201, (index) => `r${index}`))],
      'the pull secrets must have at most 200 entries in total',
    ],
    [
      '201 entries together with another one',
      [secretOf(...many(200, (index) => `r${index}`)), secretOf('x')],
      'the pull secrets must have at most 200 entries in total',
    ],
    [
      'a pattern of 100,000 characters',
      [secretOf(`${'*a'.repeat(45_000)}b.example.com`)],
      `cannot read the Secret pull, key .dockerconfigjson: the key "${'*a'.repeat(50)}…" must have at most 600 characters`,
    ],
    [
      'more text than the limit',
      [secretOf('x'.repeat(200_000))],
      'cannot read the Secret pull, key .dockerconfigjson: must have at most 128 KiB',
    ],
  ];
  for (const [what, secrets, message] of cases) {
    test(what, async () => {
      await expect(pullSecretSource(secrets).get(repository)).rejects.toThrow(message);
    });
  }
});

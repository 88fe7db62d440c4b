import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { Severity } from '../../../src/protocol/messages.ts';
import { AVAILABLE, call, composite, input, observedClassic, request, seedParameters } from '../../function/call.ts';
import { startCluster } from '../../function/package-cache/cluster.ts';
import { HOST, stubRegistry } from '../../function/package-cache/stub-registry.ts';

const ECR = '123456789012.dkr.ecr.eu-west-2.amazonaws.com';
const OWN = 'tap/workloads/example-app-default';
const OTHERS = 'tap/workloads/payroll-finance-bundle';
const VENDOR = 'registry.example.com/acme';

interface SourceCase {
  readonly attack: string;
  /** The source without its name. */
  readonly source: JsonObject;
  /** `packageCache` and `allowed` of the Input. */
  readonly packageCache?: JsonObject;
  readonly allowed?: JsonObject;
  /** The expected message; undefined if the source is accepted. */
  readonly refused: RegExp | undefined;
}

const listed = { allowedRegistries: [VENDOR] };
const url = `oci://${VENDOR}/cfg`;

const cases: readonly SourceCase[] = [
  { attack: 'none: the own bundle repository, by default', source: {}, refused: undefined },
  { attack: 'none: the own repository by name', source: { url: `oci://${ECR}/${OWN}` }, refused: undefined },
  {
    attack: 'none: the own repository outside allowed.prefixes',
    source: {},
    allowed: { prefixes: ['tap'] },
    refused: undefined,
  },
  { attack: 'another workload’s repository', source: { url: `oci://${ECR}/${OTHERS}` }, refused: /not allowed/ },
  { attack: 'a repository below the own one', source: { url: `oci://${ECR}/${OWN}/more` }, refused: /not allowed/ },
  {
    attack: 'a repository whose name begins with that of the own one',
    source: { url: `oci://${ECR}/${OWN}2` },
    refused: /not allowed/,
  },
  { attack: 'the parent of the own one', source: { url: `oci://${ECR}/tap/workloads` }, refused: /not allowed/ },
  {
    attack: 'the own path in another account',
    source: { url: `oci://999999999999${ECR.slice(12)}/${OWN}` },
    refused: /not allowed/,
  },
  { attack: 'a registry that is not ECR', source: { url }, refused: /not allowed/ },
  { attack: 'none: a registry that is listed', source: { url }, packageCache: listed, refused: undefined },
  {
    attack: 'a path that begins with a listed one',
    source: { url: `oci://${VENDOR}-evil/cfg` },
    packageCache: listed,
    refused: /not allowed/,
  },
  {
    attack: 'another workload’s repository where the whole registry is listed, but prefixes are limited',
    source: { url: `oci://${ECR}/payroll/app` },
    packageCache: { allowedRegistries: [ECR] },
    allowed: { prefixes: ['tap/workloads'] },
    refused: /not below a prefix in allowed\.prefixes/,
  },
  {
    attack: 'the same with a slash after the host',
    source: { url: `oci://${ECR}/payroll/app` },
    packageCache: { allowedRegistries: [`${ECR}/`] },
    allowed: { prefixes: ['tap/workloads'] },
    refused: /not below a prefix in allowed\.prefixes/,
  },
  {
    attack: 'none: a repository below an allowed prefix of a listed registry',
    source: { url: `oci://${ECR}/tap/workloads/shared` },
    packageCache: { allowedRegistries: [ECR] },
    allowed: { prefixes: ['tap/workloads'] },
    refused: undefined,
  },
  {
    attack: 'none: a listed repository outside the allowed prefixes',
    source: { url: `oci://${ECR}/platform/packages` },
    packageCache: { allowedRegistries: [`${ECR}/platform`] },
    allowed: { prefixes: ['tap/workloads'] },
    refused: undefined,
  },
  {
    attack: 'none: a listed registry outside ECR, with limited prefixes',
    source: { url },
    packageCache: listed,
    allowed: { prefixes: ['tap/workloads'] },
    refused: undefined,
  },
  { attack: 'plain http', source: { url, insecure: true }, packageCache: listed, refused: /allowInsecure/ },
  {
    attack: 'none: allowed plain http',
    source: { url, insecure: true },
    packageCache: { ...listed, allowInsecure: true },
    refused: undefined,
  },
  { attack: 'plain http to the own repository', source: { insecure: true }, refused: /allowInsecure/ },
  {
    attack: 'a proxy of the author',
    source: { url, proxySecretRef: { name: 'proxy' } },
    packageCache: listed,
    refused: /allowProxies/,
  },
  {
    attack: 'a proxy for the own repository',
    source: { proxySecretRef: { name: 'proxy' } },
    refused: /allowProxies/,
  },
  {
    attack: 'a CA of the author',
    source: { url, certSecretRef: { name: 'ca' } },
    packageCache: listed,
    refused: /allowCertificates/,
  },
  {
    attack: 'a CA of the author, with only proxies allowed',
    source: { url, certSecretRef: { name: 'ca' } },
    packageCache: { ...listed, allowProxies: true },
    refused: /allowCertificates/,
  },
  {
    attack: 'the loopback interface',
    source: { url: 'oci://127.0.0.1:5000/cfg' },
    packageCache: { allowedRegistries: ['127.0.0.1:5000'] },
    refused: /allowLocalAddresses/,
  },
];

describe('a source of a claim', () => {
  for (const one of cases) {
    test(`${one.attack}: ${one.refused ? 'refused' : 'allowed'}`, async () => {
      expect(await reasonOf(one, 'claim')).toEqual(
        one.refused === undefined ? 'allowed' : expect.stringMatching(one.refused),
      );
    });
  }
});

describe('a source of the Input', () => {
  for (const one of cases) {
    const expected = refusalForPlatform(one);
    test(`${one.attack}: ${expected ? 'refused' : 'allowed'}`, async () => {
      expect(await reasonOf(one, 'defaults')).toEqual(expected ? expect.stringMatching(expected) : 'allowed');
    });
  }
});

/** The messages that are also expected for the Input's sources. */
function refusalForPlatform({ source, refused }: SourceCase): RegExp | undefined {
  // Registries choose addresses too, in redirects and DNS: only a separate setting allows these.
  if (refused?.source === 'allowLocalAddresses') return refused;
  // A proxy comes from a Secret in the claim's namespace, and plain http shows the login to the network.
  const isOwn = source.url === undefined || String(source.url).startsWith(`oci://${ECR}/`);
  const mixes = source.insecure ?? source.proxySecretRef ?? source.certSecretRef;
  return isOwn && mixes ? /the AWS login of the platform cannot be used together with/ : undefined;
}

/** `allowed`, or the reason for the refusal. */
async function reasonOf({ source, packageCache = {}, allowed = {} }: SourceCase, layer: string): Promise<string> {
  const asked = { packageCache: { sources: [{ name: 'cfg', ...source }] } };
  const observed = {
    imagerepo: observedClassic(OWN, AVAILABLE),
    bundlerepo: observedClassic(`${OWN}-bundle`, AVAILABLE),
  };
  const { conditions, requirements, results } = await call(
    request({
      input: input({ packageCache, allowed, ...(layer === 'claim' ? {} : { [layer]: asked }) }),
      composite: composite({ ...seedParameters, ...(layer === 'claim' ? asked : {}) }),
      observed,
    }),
  );
  expect(results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
  const condition = conditions.find(({ type }) => type === 'PackageCacheReady');
  if (condition?.reason !== 'NotAllowed') return 'allowed';
  expect(Object.values(requirements.resources ?? {}), 'no Secret is read for it').toEqual([]);
  return condition.message ?? '';
}

describe('the dependencies of a package', () => {
  for (const { title, allowed, skipped } of [
    { title: 'are omitted', allowed: { install: { kinds: ['Configuration'] } }, skipped: true },
    {
      title: 'are installed if the Input allows it',
      allowed: { install: { kinds: ['Configuration'], dependencies: true } },
      skipped: undefined,
    },
  ]) {
    test(title, async () => {
      const registry = stubRegistry();
      registry.push('acme/cfg', 'v1', 'one');
      const cluster = startCluster(registry.artifacts);
      cluster.allowed = allowed;
      cluster.input = { allowedRegistries: [HOST] };
      cluster.sources = [
        { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, install: { kind: 'Configuration' } },
      ];
      for (let round = 0; round < 3; round += 1) await cluster.reconcile();
      const installed = [...cluster.observed.values()].find(({ kind }) => kind === 'Configuration');
      expect(installed?.spec).toMatchObject({ package: `${HOST}/acme/cfg:v1` });
      expect(Object(installed?.spec).skipDependencyResolution).toBe(skipped);
    });
  }
});

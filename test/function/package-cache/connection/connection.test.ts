import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { createRegistryClient, parseReference, pushArtifact } from '../../../../src/oci/index.ts';
import { smallImage } from '../../../oci/fixtures.ts';
import { startRegistry } from '../../../oci/registry-server.ts';
import { conditionOf } from '../cluster.ts';
import { registrySetup, secret, YAML } from '../registry-setup.ts';

const env = registrySetup();
const { push, source, statusOf } = env;

describe('a source', () => {
  const cases: { name: string; source: JsonObject; input?: JsonObject; message: RegExp }[] = [
    { name: 'a registry that is not allowed', source: { url: 'oci://evil.example/a/b' }, message: /not allowed/ },
    {
      name: 'a host that only looks like ECR',
      source: { url: 'oci://123456789012.dkr.ecr.eu-west-2.amazonaws.com.evil.example/a', provider: 'aws' },
      input: { allowedRegistries: ['123456789012.dkr.ecr.eu-west-2.amazonaws.com.evil.example'] },
      message: /provider aws must only be used with private ECR registries/,
    },
    { name: 'a loopback address', source: {}, input: { allowLocalAddresses: false }, message: /loopback/ },
    {
      name: 'the metadata service',
      source: { url: 'oci://169.254.169.254/a/b' },
      input: { allowLocalAddresses: false },
      message: /metadata/,
    },
    { name: 'plain http', source: {}, input: { allowInsecure: false }, message: /allowInsecure/ },
    { name: 'a url with a tag', source: { url: 'oci://registry.example.com/a:v1' }, message: /without a tag/ },
  ];
  test.each(cases)('is refused with $name', async ({ source: over, input, message }) => {
    env.cluster.sources = [source(over)];
    env.cluster.input = { ...env.cluster.input, ...input };
    env.registry.requests.length = 0;
    expect(conditionOf(await env.cluster.reconcile())).toBe('false NotAllowed');
    expect(statusOf().message).toMatch(message);
    expect(env.registry.requests).toEqual([]);
  });

  test('is fetched with a pull secret or a ServiceAccount', async () => {
    await env.registry.close();
    env.registry = await startRegistry({ auth: { kind: 'basic', username: 'u', password: 'secret' } });
    const client = createRegistryClient({
      credentials: { get: async () => ({ kind: 'basic', username: 'u', password: 'secret' }) },
    });
    await pushArtifact(client, parseReference(`${env.registry.host}/acme/cfg:v1`), await smallImage(YAML));
    await client.close();
    env.cluster.input = { ...env.cluster.input, allowedRegistries: [env.registry.host] };
    const config = JSON.stringify({ auths: { [env.registry.host]: { username: 'u', password: 'secret' } } });
    const pull = secret({ '.dockerconfigjson': config }, 'kubernetes.io/dockerconfigjson');
    env.cluster.sources = [source({ secretRef: { name: 'pull' } })];
    expect(conditionOf(await env.cluster.reconcile())).toBe('false AuthFailed');
    expect(statusOf().message).toBe('Secret pull in namespace default not found');
    env.cluster.objects.set('Secret/default/pull', pull);
    expect(conditionOf(await env.cluster.reconcile())).toBe('true Available');
    env.cluster.observed.clear();
    env.cluster.sources = [source({ serviceAccountName: 'builder' })];
    env.cluster.objects.set('ServiceAccount/default/builder', { imagePullSecrets: [{ name: 'pull' }] });
    expect(conditionOf(await env.cluster.reconcile())).toBe('true Available');
    expect(JSON.stringify(env.cluster.status)).not.toContain('secret"');
  });

  describe('a source that needs an object of a namespace, on Crossplane before 2.2', () => {
    const wants: [string, JsonObject][] = [
      ['AuthFailed', { secretRef: { name: 'pull' } }],
      ['VerifyFailed', { verify: { secretRef: { name: 'keys' } } }],
    ];

    test.each(wants)(
      'is %s on v1, which cannot show it to functions; the message names a solution',
      async (reason, over) => {
        env.cluster.capabilities = undefined;
        env.cluster.isFirst = true;
        env.cluster.objects.set('Secret/default/pull', secret({}));
        env.cluster.sources = [source(over)];
        const answer = await env.cluster.reconcile();
        expect(conditionOf(answer)).toBe(`false ${reason}`);
        const asked = Object.values(answer.requirements.extraResources ?? {});
        expect(asked.filter(({ kind }) => kind === 'Secret')).toEqual([]);
        expect(statusOf().message).toMatch(
          /^Waiting for Crossplane to return the Secret \w+ in namespace default; v1 does not pass/,
        );
      },
    );

    test.each(wants)('is fetched from 2.0 and 2.1: %s', async (reason, over) => {
      env.cluster.capabilities = undefined;
      env.cluster.sources = [source(over)];
      expect(conditionOf(await env.cluster.reconcile())).toBe(`false ${reason}`);
      expect(statusOf().message).toMatch(/^Secret \w+ in namespace default not found$/);
    });
  });

  test('is checked for contradictions before any object is requested', async () => {
    const wrong: [JsonObject, RegExp][] = [
      [{ content: 'image', install: { kind: 'Function' } }, /content: must be package where install is set/],
      [{ interval: 'soon' }, /interval: must be a duration/],
      [{ ref: { digest: 'sha256:abc' } }, /ref\.digest: must be sha256: and 64/],
      [{ ref: { semvr: '1.x' } }, /unknown field; did you mean semver/],
      [{ url: 'https://registry.example.com/a' }, /url: must be oci:/],
      [{ keep: 11 }, /keep: must be at most 10/],
    ];
    for (const [over, message] of wrong) {
      env.cluster.sources = [source(over)];
      const { results } = await env.cluster.reconcile();
      expect(results.at(-1)).toMatchObject({ severity: 1, message: expect.stringMatching(message) });
    }
  });
});

test('a source with contradictory fields is refused, and the others are not', async () => {
  await push('acme/cfg:v1');
  env.cluster.sources = [
    source(),
    source({ name: 'a', ignore: 'a' }),
    source({ name: 'b', content: 'image', layerSelector: { operation: 'copy' } }),
  ];
  const answer = await env.cluster.reconcile();
  expect(conditionOf(answer)).toBe('false InvalidSource');
  expect(answer.conditions.find(({ type }) => type === 'PackageCacheReady')?.message).toMatch(
    /^a: ignore requires content: layer, not content: package; .*; b: layerSelector requires content: layer, not content: image; /,
  );
  expect(['cfg', 'a', 'b'].map((name) => statusOf(name).reason)).toEqual(['Fetched', 'InvalidSource', 'InvalidSource']);
});

test('a source whose package would have the same name in the cache as an earlier one is refused before it is fetched', async () => {
  const pinned = (name: string, repository: string, end: string) =>
    source({ name, url: `oci://${env.registry.host}/${repository}`, ref: { digest: `sha256:e3b0c${end.repeat(59)}` } });
  const long = `acme/${'long/'.repeat(12)}`;
  env.cluster.sources = [
    pinned('a', `${long}one`, '1'),
    pinned('b', `${long}two`, '2'),
    pinned('c', `${long}one`, '1'),
  ];
  await env.cluster.reconcile();
  expect(statusOf('b')).toMatchObject({ reason: 'InvalidSource' });
  expect(statusOf('b').message).toContain(
    "the same name in Crossplane's package cache as that of the earlier source a",
  );
  expect(['a', 'c'].map((name) => statusOf(name).reason)).not.toContain('InvalidSource');
});

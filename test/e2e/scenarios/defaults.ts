import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { CONFIGURATIONS, configurationFiles } from '../../../package/configurations.ts';
import { applyNamespace, claimRef, deleteClaim, deletedInEcr, readyClaim, statusOf } from '../claims.ts';
import { applyClaimApi } from '../examples.ts';
import { PLATFORM } from '../function-package.ts';
import { FUNCTION } from '../function-runtime.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { conditionOf, type KubernetesObject, type ObjectRef, parseObject, valueAt } from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';

const NAMESPACE = 'defaults';
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition' };
const DEFAULTS = { region: 'eu-west-2', repoPrefix: 'e2e', providerName: 'aws-provider', deletion: 'Force' };

/** Claims with only the fields that the platform does not set. */
export const defaults: Scenario = {
  name: 'defaults',
  title:
    "with the XRD of the Configuration, a claim may omit the fields for which its Composition's Input has defaults; without defaults a condition names the missing field",
  async run({ cluster, emulator }) {
    const { xrd, composition } = await shipped();
    await cluster.apply(xrd);
    await applyNamespace(cluster, NAMESPACE);
    const [named, nameless, bare] = ['named', 'nameless', 'bare'].map((name) => claimRef(NAMESPACE, name));
    assert.ok(named && nameless && bare);
    try {
      await cluster.apply(withDefaults(composition, 'defaults', DEFAULTS));
      await cluster.apply(withDefaults(composition, 'all-defaults', { ...DEFAULTS, workloadName: 'only' }));
      await cluster.apply(withDefaults(composition, 'no-defaults', {}));

      await claim(cluster, named, 'defaults', { workloadName: 'shop' });
      await claim(cluster, nameless, 'all-defaults', {});
      for (const [ref, name] of [
        [named, 'e2e/shop-defaults'],
        [nameless, 'e2e/only-defaults'],
      ] as const) {
        const ready = await readyClaim(cluster, ref);
        assert.deepEqual(valueAt(ready, 'status', 'repositories', 'image'), statusOf(name));
      }
      await claim(cluster, bare, 'no-defaults', { workloadName: 'bare' });
      await cluster.until(bare, 'names the missing fields', (object) => {
        const { reason, message = '' } = (object && conditionOf(object, 'ParametersValid')) ?? {};
        const missing = ['repoPrefix', 'region', 'providerName'];
        return reason === 'InvalidParameters' && missing.every((field) => message.includes(`spec.parameters.${field}`));
      });
      for (const ref of [named, nameless, bare]) await deleteClaim(cluster, ref);
      for (const ref of [named, nameless]) await deletedInEcr(cluster, ref);
      assert.deepEqual(await emulator.namesWith(`-${NAMESPACE}`), []);
    } finally {
      // Claims without a Composition could select one of these.
      for (const name of ['defaults', 'all-defaults', 'no-defaults']) await cluster.remove({ ...COMPOSITION, name });
      await applyClaimApi(cluster);
    }
    return {};
  },
};

/** The XRD and the Composition of the Configuration for provider-aws, as its package has them. */
async function shipped(): Promise<Readonly<Record<'xrd' | 'composition', KubernetesObject>>> {
  const [configuration] = CONFIGURATIONS;
  assert.ok(configuration);
  const files = await configurationFiles(configuration, { registry: PLATFORM, version: 'v0.1.0' });
  const read = (path: string) => parseObject(parse(files.find((file) => file.path === path)?.text ?? ''));
  return { xrd: read('xrd.yaml'), composition: read('composition.yaml') };
}

/** The Composition under another name, with other defaults in its Input, for the function that the harness runs. */
function withDefaults(composition: KubernetesObject, name: string, values: Readonly<Record<string, string>>) {
  const step = valueAt(composition, 'spec', 'pipeline', 0);
  const input = { ...Object(valueAt(step, 'input')), defaults: values };
  const pipeline = [{ ...Object(step), functionRef: { name: FUNCTION }, input }];
  return { ...composition, metadata: { name }, spec: { ...Object(composition.spec), pipeline } };
}

async function claim(
  cluster: Cluster,
  { apiVersion, kind, namespace, name }: ObjectRef,
  composition: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const spec = { compositionRef: { name: composition }, parameters };
  await cluster.apply({ apiVersion, kind, metadata: { namespace, name }, spec });
}

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { toolPath } from '../../tools/index.ts';
import { runProgram } from '../../tools/run-program.ts';
import {
  applyClaim,
  applyNamespace,
  claimRef,
  claims,
  composedOf,
  deleteClaim,
  deletedInEcr,
  readyClaim,
} from '../claims.ts';
import { applyClaimApi, example, exampleFile } from '../examples.ts';
import { PROGRAM } from '../function-package.ts';
import { imagesIn, putImage } from '../images.ts';
import {
  conditionOf,
  hasConditions,
  type KubernetesObject,
  type ObjectRef,
  refOf,
  textAt,
} from '../kubernetes/object.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const NAMESPACE = 'migration';
const COMPOSITION = { apiVersion: 'apiextensions.crossplane.io/v1', kind: 'Composition', name: 'workloadecrrepo' };
const EXTERNAL_NAME = 'crossplane.io/external-name';
/** The prefix of the example's claim, which patches copy into the names of repositories. */
const WITH_HOST = 'xxxxxxx.dkr.ecr.eu-west-2.amazonaws.com/tap/workloads';

/** The steps of examples/reference/migration.md, from a Composition without a function. */
export const migration: Scenario = {
  name: 'migration',
  title:
    'claims of a Composition in Resources mode migrate to the function: with the same objects and names, nothing created or deleted in ECR, images kept, and claims always ready',
  async run(world) {
    const { cluster, emulator } = world;
    const [shop, cart, seed, later] = ['shop', 'cart', 'seed', 'later'].map((name) => claimRef(NAMESPACE, name));
    assert.ok(shop && cart && seed && later);
    await replaceClaimApi(world);
    await applyNamespace(cluster, NAMESPACE);
    const all = [shop, cart, seed];
    await applyClaim(cluster, shop);
    await applyClaim(cluster, cart);
    await applyClaim(cluster, seed, { repoPrefix: WITH_HOST });
    for (const claim of all) await readyClaim(cluster, claim);
    const before = await stateOf(world, all);
    assert.equal(before.size, 6);
    for (const { externalName } of before.values()) await putImage(emulator.ecr, externalName);
    const images = await imagesOf(world, before);
    const changes = await emulator.changes(NAMESPACE);

    await kubectlApply(world, 'claim/xrd.yaml');
    await served(world);
    for (const claim of all) assert.deepEqual(await renderedNames(world, claim), await observedNames(world, claim));
    const watch = watchReadiness(world, all);
    await kubectlApply(world, 'claim/composition.yaml');
    for (const claim of all) {
      await cluster.until(claim, 'is carried on by the function', (object) =>
        hasConditions(object, 'Ready', 'Synced', 'RepositoriesReady'),
      );
    }
    assert.deepEqual(await watch(), [], 'no claim was unready meanwhile');

    assert.deepEqual(await stateOf(world, all), before, 'the same objects, under the same names');
    assert.deepEqual(await imagesOf(world, before), images, 'the images stay');
    assert.deepEqual(await emulator.changes(NAMESPACE), changes, 'nothing is made or deleted in ECR');
    const told = conditionOf(await read(world, seed), 'SettingsApplied');
    assert.equal(told?.reason, 'CannotChange');
    assert.match(
      told.message ?? '',
      /^xxxxxxx\.dkr\.ecr\.eu-west-2\.amazonaws\.com\/tap\/workloads\/seed-migration keeps its name/,
    );

    await applyClaim(cluster, later);
    await readyClaim(cluster, later);
    for (const claim of [...all, later]) await deleteClaim(cluster, claim);
    for (const claim of [...all, later]) await deletedInEcr(cluster, claim);
    await applyClaimApi(cluster);
    return { repositories: before.size, images: Object.values(images).flat().length };
  },
};

/** Replaces the harness's XRD and Composition with those of examples/migration, with kubectl, as users do. */
async function replaceClaimApi(world: World): Promise<void> {
  const { cluster } = world;
  assert.deepEqual(await cluster.list(claims()), [], 'no claim is there whose XRD would be deleted');
  const xrd = refOf(example('migration/xrd.yaml'));
  for (const ref of [COMPOSITION, xrd]) {
    await cluster.remove(ref);
    await cluster.until(ref, 'is gone', (object) => object === undefined);
  }
  await kubectlApply(world, 'migration/xrd.yaml');
  await kubectlApply(world, 'migration/composition.yaml');
  await cluster.until(xrd, 'is offered', (object) => hasConditions(object, 'Established', 'Offered'));
}

function kubectlApply(world: World, file: string): Promise<string> {
  return kubectl(world, 'apply', '--filename', exampleFile(file));
}

function kubectl({ kubeconfig }: World, ...args: readonly string[]): Promise<string> {
  return runProgram(toolPath('kubectl'), [`--kubeconfig=${kubeconfig}`, ...args]);
}

/** Waits until the API server has the claim's status of the new XRD. */
async function served({ cluster }: World): Promise<void> {
  const name = 'workloadecrrepos.tap.vrabbi.cloud';
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
  await cluster.until(crd, 'has the new schema', (object) => JSON.stringify(object)?.includes('lifecyclePolicy'));
}

interface State {
  readonly uid: string | undefined;
  readonly name: string;
  readonly externalName: string;
  readonly ready: boolean;
}

/** The composed repositories of claims, by `claim composed-name`. */
async function stateOf({ cluster }: World, refs: readonly ObjectRef[]): Promise<Map<string, State>> {
  const found = new Map<string, State>();
  for (const ref of refs) {
    for (const [composed, object] of await composedOf(cluster, ref)) {
      const { uid, name } = object.metadata;
      const ready = hasConditions(object, 'Ready', 'Synced');
      found.set(`${ref.name} ${composed}`, { uid, name, externalName: externalNameOf(object), ready });
    }
  }
  return new Map([...found].sort());
}

function externalNameOf({ metadata }: KubernetesObject): string {
  return metadata.annotations?.[EXTERNAL_NAME] ?? '';
}

async function imagesOf({ emulator }: World, state: ReadonlyMap<string, State>): Promise<Record<string, string[]>> {
  const names = [...state.values()].map(({ externalName }) => externalName);
  const found = await Promise.all(names.map(async (name) => [name, await imagesIn(emulator.ecr, name)] as const));
  for (const [name, images] of found) assert.equal(images.length, 1, `${name} has its image`);
  return Object.fromEntries(found);
}

/** The preview of the page: the output of `render` for a claim's composite and repositories. */
async function renderedNames(world: World, claim: ObjectRef): Promise<string[]> {
  const folder = join(world.folder, `migration-${claim.name}`);
  mkdirSync(folder);
  const composite = await compositeOf(world, claim);
  const [xr, observed] = [join(folder, 'xr.yaml'), join(folder, 'observed.yaml')];
  writeFileSync(xr, await kubectl(world, 'get', 'xworkloadecrrepo', composite, '-o', 'yaml'));
  const own = ['-l', `crossplane.io/composite=${composite}`, '-o', 'yaml'];
  writeFileSync(observed, await kubectl(world, 'get', 'repositories.ecr.aws.crossplane.io', ...own));
  const args = ['render', xr, exampleFile('claim/composition.yaml'), '-o', observed];
  const documents = parseAllDocuments(await runProgram(process.execPath, [PROGRAM, ...args]));
  return documents
    .flatMap((document) => textAt(document.toJS(), 'metadata', 'annotations', EXTERNAL_NAME) ?? [])
    .sort();
}

async function observedNames({ cluster }: World, claim: ObjectRef): Promise<string[]> {
  return [...(await composedOf(cluster, claim)).values()].map(externalNameOf).sort();
}

async function compositeOf(world: World, claim: ObjectRef): Promise<string> {
  const name = textAt(await read(world, claim), 'spec', 'resourceRef', 'name');
  assert.ok(name);
  return name;
}

async function read({ cluster }: World, ref: ObjectRef): Promise<KubernetesObject> {
  const object = await cluster.read(ref);
  assert.ok(object);
  return object;
}

/** Watches claims until it is called for those that were observed as not ready. */
function watchReadiness({ cluster }: World, refs: readonly ObjectRef[]): () => Promise<string[]> {
  const unready = new Set<string>();
  let isOver = false;
  const names = refs.map(({ name }) => name);
  const watching = cluster.follow(claims(NAMESPACE), 'claims stay ready', (objects) => {
    for (const { metadata, ...rest } of objects.values()) {
      if (names.includes(metadata.name) && !hasConditions({ metadata, ...rest }, 'Ready')) unready.add(metadata.name);
    }
    return isOver;
  });
  return async () => {
    isOver = true;
    // A change of a claim triggers the watch.
    const [first] = refs;
    if (first !== undefined)
      await cluster.patch(first, { metadata: { annotations: { 'e2e.example.org/over': 'true' } } });
    await watching;
    return [...unready];
  };
}

import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';
import { type Cluster, conditionOf, objectsIn, startCluster } from './cluster.ts';
import { source } from './install/install-setup.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

/** Contents that each take about 1.1 KB, so that two fit and not three. */
const CONTENTS = { A: 'a'.repeat(1_100), B: 'b'.repeat(1_100), huge: 'h'.repeat(9_000) };
const MAX_BYTES = 3_000;

interface World {
  readonly registry: StubRegistry;
  readonly cluster: Cluster;
}

async function rounds({ cluster }: World, count: number): Promise<string> {
  let condition = '';
  for (let round = 0; round < count; round += 1) condition = conditionOf(await cluster.reconcile());
  return condition;
}

async function carry(world: World, content: string): Promise<void> {
  world.registry.push('acme/cfg', 'v1', content);
  world.cluster.sources = [source()];
  await rounds(world, 4);
}

/** Changes the latest ConfigMaps behind the composite's back; undefined deletes one. */
async function harm({ cluster }: World, count: number, change: (object: JsonObject) => JsonObject | undefined) {
  const timeOf = (object: JsonObject) => String(objectAt(object, 'metadata').creationTimestamp);
  const maps = [...cluster.observed].filter(([, { kind }]) => kind === 'ConfigMap');
  for (const [name, object] of maps.sort(([, a], [, b]) => timeOf(a).localeCompare(timeOf(b))).slice(-count)) {
    const changed = change(object);
    if (changed) cluster.observed.set(name, changed);
    else cluster.observed.delete(name);
  }
}

const broken = (object: JsonObject) => ({ ...object, binaryData: { other: '' } });
const gone = () => undefined;

/** The content in the cluster. All of it was installed. */
const OBSERVED: Record<string, (world: World) => Promise<void>> = {
  nothing: async () => undefined,
  A: (world) => carry(world, CONTENTS.A),
  'A, B': async (world) => {
    await carry(world, CONTENTS.A);
    await carry(world, CONTENTS.B);
  },
  'broken A': async (world) => {
    await carry(world, CONTENTS.A);
    await harm(world, 1, broken);
  },
  'gone A': async (world) => {
    await carry(world, CONTENTS.A);
    await harm(world, 1, gone);
  },
  'half A': async (world) => {
    world.cluster.input = { ...world.cluster.input, chunkSize: 1_024 };
    await carry(world, CONTENTS.A);
    await harm(world, 1, gone);
  },
  'A, broken B': async (world) => {
    await carry(world, CONTENTS.A);
    await carry(world, CONTENTS.B);
    await harm(world, 1, broken);
  },
  'A, gone B': async (world) => {
    await carry(world, CONTENTS.A);
    await carry(world, CONTENTS.B);
    await harm(world, 1, gone);
  },
};

/** The registry's response. */
const FETCHED: Record<string, (registry: StubRegistry) => void> = {
  'no answer yet': (registry) => {
    registry.pending = true;
  },
  'no answer': (registry) => {
    registry.down = true;
  },
  'no answer, stored': (registry) => {
    registry.down = true;
    registry.stored = true;
  },
  'no such tag': (registry) => registry.drop('acme/cfg', 'v1'),
  'no package': (registry) => {
    registry.broken = true;
  },
  A: (registry) => registry.push('acme/cfg', 'v1', CONTENTS.A),
  B: (registry) => registry.push('acme/cfg', 'v1', CONTENTS.B),
  'B, a Provider': (registry) => registry.push('acme/cfg', 'v1', CONTENTS.B, 'Provider'),
  'too much': (registry) => registry.push('acme/cfg', 'v1', CONTENTS.huge),
};

/** The configured revision. */
const ASKED: Record<string, (cluster: Cluster) => void> = {
  install: () => undefined,
  renamed: (cluster) => {
    cluster.sources = [source({ name: 'other' })];
  },
  'carry only': (cluster) => {
    cluster.sources = [source({ install: undefined })];
  },
  suspended: (cluster) => {
    cluster.sources = [source({ suspend: true })];
  },
  'removed, Keep': (cluster) => {
    cluster.sources = [];
  },
  'removed, Uninstall': (cluster) => {
    cluster.sources = [];
    cluster.input = { ...cluster.input, onRemoval: 'Uninstall' };
  },
};

/** `reason: current, history / package`, each by the letter of its content. */
function stateOf({ cluster, registry }: World, condition: string): string {
  const letter = (digest: unknown) => registry.lettersOf(CONTENTS).get(String(digest).split('@').at(-1) ?? '') ?? '-';
  const [status = {}] = Object.values(objectAt(cluster.status, 'packageCache')).map((value) =>
    objectAt({ value }, 'value'),
  );
  const history = objectsIn(status.history).map(({ revision }) => letter(revision));
  const pins = [...cluster.observed.values()].filter(({ kind }) => kind === 'ImageConfig');
  const installed = pins.map((pin) => letter(objectAt(pin, 'spec', 'rewriteImage').prefix)).join('') || '-';
  const maps = [...cluster.observed.values()].filter(({ kind }) => kind === 'ConfigMap').length;
  const reason = condition.replace(/^(true|false) /, '');
  return `${reason} ${[letter(status.digest), ...history].join(',')} ${maps} ${installed}`;
}

async function cell(observed: string, fetched: string, asked: string): Promise<string> {
  const registry = stubRegistry();
  const cluster = startCluster(registry.artifacts);
  const world = { registry, cluster };
  cluster.input = { allowedRegistries: [HOST], maxContentBytes: MAX_BYTES };
  cluster.sources = [source()];
  await OBSERVED[observed]?.(world);
  cluster.restart(registry.artifacts);
  FETCHED[fetched]?.(registry);
  ASKED[asked]?.(cluster);
  return stateOf(world, await rounds(world, 4));
}

/**
 * The result for each state of a source: the reason of the condition; the current revision and the history in the status; the number
 * of ConfigMaps; the installed package.
 */
const TABLE = `
observed    | fetched           | install                 | renamed                 | carry only              | suspended         | removed, Keep   | removed, Uninstall
nothing     | no answer yet     | Pending - 0 -           | Pending - 0 -           | Pending - 0 -           | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | no answer         | FetchFailed - 0 -       | FetchFailed - 0 -       | FetchFailed - 0 -       | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | no answer, stored | FetchFailed - 0 -       | FetchFailed - 0 -       | FetchFailed - 0 -       | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | no such tag       | FetchFailed - 0 -       | FetchFailed - 0 -       | FetchFailed - 0 -       | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | no package        | InvalidArtifact - 0 -   | InvalidArtifact - 0 -   | InvalidArtifact - 0 -   | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | A                 | Available A 1 A         | Available A 1 A         | Available A 1 -         | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | B                 | Available B 1 B         | Available B 1 B         | Available B 1 -         | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | B, a Provider     | InvalidArtifact - 0 -   | InvalidArtifact - 0 -   | Available B 1 -         | Suspended - 0 -   | none - 0 -      | none - 0 -
nothing     | too much          | TooLarge - 0 -          | TooLarge - 0 -          | TooLarge - 0 -          | Suspended - 0 -   | none - 0 -      | none - 0 -
A           | no answer yet     | Pending A 1 A           | Pending A 1 A           | Pending A 1 A           | Available A 1 A   | Available - 1 A | none - 0 -
A           | no answer         | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Available A 1 A   | Available - 1 A | none - 0 -
A           | no answer, stored | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Available A 1 A   | Available - 1 A | none - 0 -
A           | no such tag       | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Available A 1 A   | Available - 1 A | none - 0 -
A           | no package        | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Available A 1 A   | Available - 1 A | none - 0 -
A           | A                 | Available A 1 A         | Available A 1 A         | Available A 1 A         | Available A 1 A   | Available - 1 A | none - 0 -
A           | B                 | Available B,A 2 B       | Available B,A 2 B       | Available B,A 2 A       | Available A 1 A   | Available - 1 A | none - 0 -
A           | B, a Provider     | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Available B,A 2 A       | Available A 1 A   | Available - 1 A | none - 0 -
A           | too much          | TooLarge A 1 A          | TooLarge A 1 A          | TooLarge A 1 A          | Available A 1 A   | Available - 1 A | none - 0 -
A, B        | no answer yet     | Pending B,A 2 B         | Pending B,A 2 B         | Pending B,A 2 B         | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | no answer         | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | no answer, stored | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | no such tag       | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | no package        | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | A                 | Available A,B 2 A       | Available A,B 2 A       | Available A,B 2 B       | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | B                 | Available B,A 2 B       | Available B,A 2 B       | Available B,A 2 B       | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | B, a Provider     | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | Available B,A 2 B       | Available B,A 2 B | Available - 1 B | none - 0 -
A, B        | too much          | TooLarge B,A 2 B        | TooLarge B,A 2 B        | TooLarge B,A 2 B        | Available B,A 2 B | Available - 1 B | none - 0 -
broken A    | no answer yet     | Damaged A 1 A           | Damaged A 1 A           | Damaged A 1 A           | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | no answer         | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | no answer, stored | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | no such tag       | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | no package        | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | A                 | Available A 1 A         | Available A 1 A         | Available A 1 A         | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | B                 | Available B 1 B         | Available B 1 B         | Available B,A 2 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | B, a Provider     | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Available B,A 2 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
broken A    | too much          | TooLarge A 1 A          | TooLarge A 1 A          | TooLarge A 1 A          | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
gone A      | no answer yet     | Pending - 0 A           | Pending - 0 A           | Pending - 0 A           | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | no answer         | FetchFailed - 0 A       | FetchFailed - 0 A       | FetchFailed - 0 A       | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | no answer, stored | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | no such tag       | FetchFailed - 0 A       | FetchFailed - 0 A       | FetchFailed - 0 A       | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | no package        | InvalidArtifact - 0 A   | InvalidArtifact - 0 A   | InvalidArtifact - 0 A   | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | A                 | Available A 1 A         | Available A 1 A         | Available A 1 A         | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | B                 | Available B 1 B         | Available B 1 B         | Available B 1 A         | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | B, a Provider     | InvalidArtifact - 0 A   | InvalidArtifact - 0 A   | Available B 1 A         | Suspended - 0 A   | Available - 0 A | none - 0 -
gone A      | too much          | TooLarge - 0 A          | TooLarge - 0 A          | TooLarge - 0 A          | Suspended - 0 A   | Available - 0 A | none - 0 -
half A      | no answer yet     | Damaged A 1 A           | Damaged A 1 A           | Damaged A 1 A           | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | no answer         | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | no answer, stored | FetchFailed A 2 A       | FetchFailed A 2 A       | FetchFailed A 2 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | no such tag       | FetchFailed A 1 A       | FetchFailed A 1 A       | FetchFailed A 1 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | no package        | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | A                 | Available A 2 A         | Available A 2 A         | Available A 2 A         | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | B                 | Available B 2 B         | Available B 2 B         | Available B,A 3 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | B, a Provider     | InvalidArtifact A 1 A   | InvalidArtifact A 1 A   | Available B,A 3 A       | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
half A      | too much          | TooLarge A 1 A          | TooLarge A 1 A          | TooLarge A 1 A          | Damaged A 1 A     | Damaged - 1 A   | none - 0 -
A, broken B | no answer yet     | Damaged B,A 2 B         | Damaged B,A 2 B         | Damaged B,A 2 B         | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | no answer         | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | no answer, stored | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | no such tag       | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | no package        | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | A                 | Available A 1 A         | Available A 1 A         | Available A,B 2 B       | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | B                 | Available B,A 2 B       | Available B,A 2 B       | Available B,A 2 B       | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | B, a Provider     | InvalidArtifact B,A 2 B | InvalidArtifact B,A 2 B | Available B,A 2 B       | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, broken B | too much          | TooLarge B,A 2 B        | TooLarge B,A 2 B        | TooLarge B,A 2 B        | Damaged B,A 2 B   | Damaged - 1 B   | none - 0 -
A, gone B   | no answer yet     | Pending A 1 B           | Pending A 1 B           | Pending A 1 B           | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | no answer         | FetchFailed A 1 B       | FetchFailed A 1 B       | FetchFailed A 1 B       | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | no answer, stored | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | FetchFailed B,A 2 B     | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | no such tag       | FetchFailed A 1 B       | FetchFailed A 1 B       | FetchFailed A 1 B       | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | no package        | InvalidArtifact A 1 B   | InvalidArtifact A 1 B   | InvalidArtifact A 1 B   | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | A                 | Available A 1 A         | Available A 1 A         | Available A 1 B         | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | B                 | Available B,A 2 B       | Available B,A 2 B       | Available B,A 2 B       | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | B, a Provider     | InvalidArtifact A 1 B   | InvalidArtifact A 1 B   | Available B,A 2 B       | Available A 1 B   | Available - 0 B | none - 0 -
A, gone B   | too much          | TooLarge A 1 B          | TooLarge A 1 B          | TooLarge A 1 B          | Available A 1 B   | Available - 0 B | none - 0 -
`;

const [header = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.split(' | ').map((text) => text.trim()));
const asked = header.slice(2);

test('the table has every state', () => {
  expect(asked).toEqual(Object.keys(ASKED));
  const states = Object.keys(OBSERVED).flatMap((observed) =>
    Object.keys(FETCHED).map((fetched) => [observed, fetched]),
  );
  expect(rows.map(([observed, fetched]) => [observed, fetched])).toEqual(states);
});

test.each(rows)('in the cluster: %s; in the registry: %s', async (observed = '', fetched = '', ...want) => {
  const found: string[] = [];
  for (const one of asked) found.push(await cell(observed, fetched, one));
  expect(Object.fromEntries(asked.map((one, index) => [one, found[index]]))).toEqual(
    Object.fromEntries(asked.map((one, index) => [one, want[index]])),
  );
});

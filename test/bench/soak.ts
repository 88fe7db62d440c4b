import { setTimeout as delay } from 'node:timers/promises';
import { MALLOC_SETTINGS, NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { type Measured, peakMiB, start } from './process.ts';
import { seedRequest } from './requests.ts';
import { ourServer } from './servers/programs.ts';
import { type Child, startChild } from './soak/child.ts';
import { honestSubject, hostileSubject, type Registries, type Subject, soakInput } from './soak/claims.ts';
import { type ControlPlane, createControlPlane, isSource, watchOwnLoop } from './soak/control-plane.ts';
import type { ProbeReport, ProbeStart } from './soak/probe.ts';
import type { FromRegistries, ToRegistries } from './soak/registries.ts';
import { type Figures, rowsOf } from './soak/report.ts';
import type { Row } from './table.ts';

/** What is done to the service. */
interface Scenario {
  readonly seconds: number;
  readonly honestTenants: number;
  readonly compositesOfATenant: number;
  /** The attack of each hostile tenant. */
  readonly attacks: readonly string[];
  /** How often each honest composite is reconciled. */
  readonly periodMs: number;
  /** Whether AWS and the honest registry go away for a while. */
  readonly outages: boolean;
}

/** SOAK_SECONDS and SOAK_ATTACKS (names with commas) change a scenario, to look at one attack by itself. */
const seconds = (otherwise: number) => Number(process.env.SOAK_SECONDS ?? otherwise);
const attacks = (...otherwise: readonly string[]) => process.env.SOAK_ATTACKS?.split(',') ?? otherwise;

/** An hour of 50 tenants in minutes: 1,000 composites, each polled every few seconds instead of every minute. */
export function benchSoak(): Promise<Row[]> {
  return runScenario({
    seconds: seconds(180),
    honestTenants: 40,
    compositesOfATenant: 20,
    attacks: attacks('trickle', 'silent', 'bomb', 'large', 'wrong', 'heavy', 'tags', 'limited', 'redirect', 'token'),
    periodMs: 4_000,
    outages: true,
  });
}

/** Attacks on CPU, memory and slots at once, as fast as Crossplane would carry them out. */
export function benchAttack(): Promise<Row[]> {
  return runScenario({
    seconds: seconds(60),
    honestTenants: 10,
    compositesOfATenant: 10,
    attacks: attacks('bomb', 'large', 'heavy', 'tags', 'silent', 'trickle', 'token', 'slashes', 'crowd', 'policies'),
    periodMs: 2_000,
    outages: false,
  });
}

/** Every fifth honest composite carries a package. */
const PER_SOURCE = 5;
/** Fetches that are measured alone, before anything else runs. */
const NORMAL_FETCHES = 5;
const LONGEST_FETCH_MS = 60_000;
const BETWEEN_FETCHES_MS = 2_000;
/** How long the last calls may take when the time is over. */
const GRACE_MS = 10_000;
const SETTLE_MS = 200;
/** No fetch is begun so shortly before the end. */
const LAST_FETCH_MS = 5_000;
// As many calls at once as Crossplane makes by default: --max-reconcile-rate is 100.
const HONEST_CALLS = 20;
const HOSTILE_CALLS = 80;
const HOSTILE_PERIOD_MS = 1_000;

async function runScenario(scenario: Scenario): Promise<Row[]> {
  const measured = Array.from({ length: NORMAL_FETCHES + Math.ceil((1_000 * scenario.seconds) / BETWEEN_FETCHES_MS) });
  const world = startChild<ToRegistries, FromRegistries>('registries');
  try {
    const honestNames = honestPairs(scenario).map(([tenant, index]) => `tenant-${tenant}/app-${tenant}-${index}`);
    const fresh = measured.map((_, index) => `tenant-0/app-0-${index}`);
    const { registries, ecr } = await ready(world, [...honestNames, ...fresh]);
    const subjects = honestPairs(scenario).map(([tenant, index]) => {
      return honestSubject(tenant, index, registries, index % PER_SOURCE === 0);
    });
    const extra = measured.map((_, index) => honestSubject(0, index, registries, true));
    return await attack(scenario, world, { registries, ecr, subjects, extra });
  } finally {
    world.stop();
  }
}

function honestPairs({ honestTenants, compositesOfATenant }: Scenario): [number, number][] {
  return Array.from({ length: honestTenants * compositesOfATenant }, (_, at) => [
    1 + Math.floor(at / compositesOfATenant),
    at % compositesOfATenant,
  ]);
}

type World = Child<ToRegistries, FromRegistries>;

function ready(world: World, repositories: readonly string[]): Promise<Extract<FromRegistries, { kind: 'ready' }>> {
  return new Promise((resolve) => {
    world.onMessage((message) => {
      if (message.kind === 'ready') resolve(message);
    });
    world.send({ kind: 'start', repositories });
  });
}

interface Setting {
  readonly registries: Registries;
  readonly ecr: string;
  readonly subjects: readonly Subject[];
  /** Honest composites whose fetches are measured, one after another. */
  readonly extra: readonly Subject[];
}

async function attack(scenario: Scenario, world: World, setting: Setting): Promise<Row[]> {
  let service = await startService(setting.ecr);
  const plane = createControlPlane(() => service.call, soakInput(setting.registries));
  const [alone, under] = [setting.extra.slice(0, NORMAL_FETCHES), setting.extra.slice(NORMAL_FETCHES)];
  const normalMs: number[] = [];
  for (const subject of alone) normalMs.push(await plane.timeToCarry(subject, AbortSignal.timeout(LONGEST_FETCH_MS)));
  plane.tally.plainMs.length = 0;
  let openRequests = 0;
  world.onMessage((message) => {
    if (message.kind === 'open') openRequests = message.peak;
  });
  const probe = startChild<ProbeStart | 'stop', ProbeReport>('probe');
  probe.send({ address: service.address });
  const ownLoop = watchOwnLoop();
  const fetchMs = await underAttack(scenario, world, plane, setting, under);
  const report = new Promise<ProbeReport>((resolve) => probe.onMessage(resolve));
  probe.send('stop');
  const { latenciesMs, failures: probeFailures } = await report;
  const died = service.process.exitCode !== null;
  const memoryMiB = died ? Number.POSITIVE_INFINITY : peakMiB(service.process.pid);
  const failures = plane.tally.honestFailures.splice(0);
  // The new pod below gets all composites at once, and each source waits for a registry that is down.
  const plainMs = [...plane.tally.plainMs];
  await service.stop();
  // Calls that were still waiting have failed now, which says nothing.
  await delay(SETTLE_MS);
  plane.tally.honestFailures = failures;
  const sources = setting.subjects.filter(isSource);
  const carried = sources.filter(plane.carries).length;
  // A new pod, and nobody to fetch from: what is in the cluster has to stay there.
  world.send({ kind: 'honest', up: false });
  service = await startService(setting.ecr);
  await Promise.all([...setting.subjects, ...alone].map(plane.reconcile));
  await service.stop();
  const figures: Figures = {
    tally: plane.tally,
    plainMs,
    latenciesMs,
    probeFailures,
    normalMs,
    fetchMs,
    memoryMiB,
    died,
    carried: [carried, sources.length],
    openRequests,
    ownLoopMs: ownLoop(),
  };
  return rowsOf(figures);
}

/** Runs honest and hostile tenants side by side, and measures fetches of further honest sources meanwhile. */
async function underAttack(
  { seconds: length, attacks: names, compositesOfATenant, periodMs, outages, honestTenants }: Scenario,
  world: World,
  plane: ControlPlane,
  { registries, subjects }: Setting,
  fresh: readonly Subject[],
): Promise<number[]> {
  const hostile = names.flatMap((name, tenant) =>
    Array.from({ length: compositesOfATenant }, (_, index) =>
      hostileSubject(honestTenants + 1 + tenant, index, name, registries),
    ),
  );
  const signal = AbortSignal.timeout(1_000 * length);
  const running = [
    plane.run(subjects, HONEST_CALLS, periodMs, signal),
    plane.run(hostile, HOSTILE_CALLS, HOSTILE_PERIOD_MS, signal),
    ...(outages ? [goAndCome(world, length)] : []),
  ];
  const fetchMs: number[] = [];
  const begin = performance.now();
  for (const subject of fresh) {
    const share = (performance.now() - begin) / 1_000 / length;
    // The last ones would not have the time; and while the honest registry is down, nothing can be fetched.
    if (share > 1 - LAST_FETCH_MS / 1_000 / length) break;
    if (!outages || !isDown(share)) fetchMs.push(await plane.timeToCarry(subject, signal));
    await delay(BETWEEN_FETCHES_MS);
  }
  await Promise.race([Promise.all(running), delay(GRACE_MS)]);
  return fetchMs;
}

/** The part of the time in which the honest registry is down, with what it takes to come back. */
const DOWN = [0.55, 0.8] as const;

function isDown(share: number): boolean {
  return share > DOWN[0] && share < DOWN[1];
}

/** AWS falls silent, then is gone, then is back; later the honest registry is gone for a while. */
async function goAndCome(world: World, length: number): Promise<void> {
  const wait = (share: number) => delay(1_000 * length * share);
  await wait(0.15);
  world.send({ kind: 'aws', state: 'silent' });
  await wait(0.15);
  world.send({ kind: 'aws', state: 'down' });
  await wait(0.15);
  world.send({ kind: 'aws', state: 'up' });
  await wait(0.15);
  world.send({ kind: 'honest', up: false });
  await wait(0.1);
  world.send({ kind: 'honest', up: true });
}

async function startService(ecr: string): Promise<Measured> {
  const serve = await ourServer();
  const aws = { AWS_ENDPOINT_URL_ECR: ecr, AWS_ACCESS_KEY_ID: 'soak', AWS_SECRET_ACCESS_KEY: 'soak' };
  const request = Buffer.from(encodeRequest(seedRequest));
  return start((address) => [...NODE_FLAGS, ...serve(address)], request, undefined, {
    ...process.env,
    ...MALLOC_SETTINGS,
    ...aws,
  });
}

import { inspect } from 'node:util';
import type { CrossplaneVersion } from './crossplane-version.ts';
import type { World } from './world.ts';

/** The values that a scenario adds to the report, such as a count or a duration, by name. */
export type Findings = Readonly<Record<string, string | number>>;

/** A behavior that is tested on the control plane. */
export interface Scenario {
  /** The name on the command line. */
  readonly name: string;
  /** The expected behavior, in one sentence. */
  readonly title: string;
  /** Set if it takes long: a run without named scenarios skips it, and `npm run test:matrix` runs it. */
  readonly onDemand?: true;
  /** Prepares what the scenario needs and its namespaces do not allow, such as a build that downloads. */
  prepare?(version: CrossplaneVersion): Promise<void>;
  /** Rejects with the first failure. */
  run(world: World): Promise<Findings>;
}

/** A scenario's outcome; `failure` is undefined when it passed. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly findings: Findings;
  readonly failure: string | undefined;
}

/** Runs a scenario to its end. It never rejects. */
export async function runScenario({ name, title, run }: Scenario, world: World): Promise<Outcome> {
  const start = performance.now();
  const outcome = (findings: Findings, failure: string | undefined) => ({
    name,
    title,
    seconds: (performance.now() - start) / 1000,
    findings,
    failure,
  });
  try {
    return outcome(await run(world), undefined);
  } catch (error) {
    return outcome({}, inspect(error));
  }
}

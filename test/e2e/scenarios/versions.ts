import { type CrossplaneVersion, crossplaneVersions } from '../crossplane-version.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from './index.ts';

const RESOURCES_MODE = 'v2 has no Resources mode';
const NEWEST_ONLY = 'on the newest only: long';
const LONG = {
  'two-steps': NEWEST_ONLY,
  replicas: NEWEST_ONLY,
  upgrade: NEWEST_ONLY,
};

/** The scenarios that a version of Crossplane does not run, by their names, with the reason. Each version runs all others. */
const LEFT_OUT: Readonly<Record<CrossplaneVersion, Readonly<Record<string, string>>>> = {
  'v2.4.0': { migration: RESOURCES_MODE },
  'v2.3.4': { migration: RESOURCES_MODE, 'many-claims': NEWEST_ONLY, ...LONG },
  'v2.2.0': { migration: RESOURCES_MODE, 'many-claims': NEWEST_ONLY, ...LONG },
  'v1.20.1': {
    namespaced: 'v1 has no namespaced composites',
    configuration: 'on v1 no second package may have the CRD of the Input',
    ...LONG,
  },
};

/** The versions in the table of README. v2.3.4 is the version of the command line, with which it is compared. */
export const matrixVersions = crossplaneVersions.filter((version) => version !== 'v2.3.4');

/** The reason why a version does not run a scenario; undefined if it does. */
export function reasonAgainst(version: CrossplaneVersion, scenario: string): string | undefined {
  return LEFT_OUT[version][scenario];
}

/** The scenarios that a version runs, in order. */
export function scenariosOf(version: CrossplaneVersion): readonly Scenario[] {
  return scenarios.filter(({ name }) => reasonAgainst(version, name) === undefined);
}

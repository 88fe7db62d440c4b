import type { CrossplaneVersion } from '../crossplane-version.ts';
import type { Scenario } from '../scenario.ts';
import { scenarios } from './index.ts';

const RESOURCES_MODE = 'v2 has no Resources mode';
const MEASURED = 'a measurement, made on the newest';

/** The scenarios that a version of Crossplane does not run, by their names, and why. Each version runs all others. */
const LEFT_OUT: Readonly<Record<CrossplaneVersion, Readonly<Record<string, string>>>> = {
  'v2.4.0': { migration: RESOURCES_MODE },
  'v2.3.4': { migration: RESOURCES_MODE, 'many-claims': MEASURED },
  'v2.2.0': { migration: RESOURCES_MODE, 'many-claims': MEASURED },
  'v1.20.1': { namespaced: 'v1 has none', 'many-claims': MEASURED },
};

/** Why a version does not run a scenario; undefined where it does. */
export function reasonAgainst(version: CrossplaneVersion, scenario: string): string | undefined {
  return LEFT_OUT[version][scenario];
}

/** The scenarios that a version runs, in order. */
export function scenariosOf(version: CrossplaneVersion): readonly Scenario[] {
  return scenarios.filter(({ name }) => reasonAgainst(version, name) === undefined);
}

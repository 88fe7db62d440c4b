import type { Scenario } from '../scenario.ts';
import { adoption } from './adoption.ts';
import { configuration } from './configuration.ts';
import { defaults } from './defaults.ts';
import { deletion } from './deletion.ts';
import { flavorChange } from './flavor-change.ts';
import { invalidClaim } from './invalid-claim.ts';
import { kyverno } from './kyverno.ts';
import { manyClaims } from './many-claims.ts';
import { migration } from './migration.ts';
import { nameConflict } from './name-conflict.ts';
import { namespaced } from './namespaced.ts';
import { originalXrd } from './original-xrd.ts';
import { packageCache } from './package-cache.ts';
import { replicas } from './replicas.ts';
import { restarts } from './restarts.ts';
import { seedClaim } from './seed-claim.ts';
import { twoSteps } from './two-steps.ts';
import { twoVersions } from './two-versions.ts';
import { upgrade } from './upgrade.ts';

/** All scenarios in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  seedClaim,
  deletion,
  adoption,
  originalXrd,
  defaults,
  invalidClaim,
  nameConflict,
  flavorChange,
  twoSteps,
  kyverno,
  restarts,
  packageCache,
  twoVersions,
  namespaced,
  configuration,
  replicas,
  upgrade,
  migration,
  manyClaims,
];

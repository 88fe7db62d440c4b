import * as z from 'zod/mini';
import { listOf } from '../api/checks.ts';

/** The parts of a registry's settings. */
export const REGISTRY_SETTINGS = [
  'policy',
  'scanning',
  'replication',
  'creationTemplates',
  'pullThroughCache',
] as const;

/** One of {@link REGISTRY_SETTINGS}. */
export type RegistrySetting = (typeof REGISTRY_SETTINGS)[number];

/** `registry` in the Input. */
export const registryGrant = z
  .strictObject({
    settings: listOf(z.enum(REGISTRY_SETTINGS), REGISTRY_SETTINGS.length).check(
      z.minLength(1, 'must name a setting'),
      z.describe('The parameters that composites may have; others are refused.'),
    ),
  })
  .check(
    z.describe(
      'Makes the step set up whole registries, for cluster-scoped composites without a claim (XRegistry), instead of repositories of workloads. The lists in allowed hold for it. Default: it cannot.',
    ),
  );

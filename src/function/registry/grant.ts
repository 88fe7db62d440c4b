import * as z from 'zod/mini';
import { listOf } from '../api/checks.ts';

/** The settings of a registry. */
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
      z.minLength(1, 'must have at least one setting'),
      z.describe('The parameters that composites may set. Others are refused.'),
    ),
  })
  .check(
    z.describe(
      'Makes the step configure whole registries, for cluster-scoped composites without a claim (XRegistry), instead of repositories of workloads. The lists in allowed apply to it. Default: disabled.',
    ),
  );

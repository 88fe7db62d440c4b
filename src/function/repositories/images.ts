import type { JsonObject } from '../../json/value.ts';
import type { Input } from '../api/input.ts';
import type { AwsRegistry, ImageDetails } from '../aws.ts';
import type { Observed } from '../observed/managed-resource.ts';
import type { RepositoryParts } from '../plan.ts';

/** Returns the images of existing repositories by their keys, and an error for each repository that could not be read. */
export async function imagesOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
  aws: AwsRegistry,
  details: ImageDetails | undefined,
): Promise<{ readonly known: ReadonlyMap<string, JsonObject>; readonly failures: readonly string[] }> {
  const known = new Map<string, JsonObject>();
  const failures: string[] = [];
  const asked = repositories.map(async ({ plan: { key, composedName, externalName, location } }) => {
    const { registryId, ready } = observed.get(composedName) ?? {};
    if (registryId === undefined || !ready) return undefined;
    const result = await aws.images({
      region: location.region,
      registryId,
      name: externalName,
      ...(details && { details }),
    });
    return { key, externalName, result };
  });
  for (const one of await Promise.all(asked)) {
    if (one === undefined) continue;
    if ('value' in one.result) known.set(one.key, { ...one.result.value });
    else failures.push(`Cannot read the images of ECR repository ${one.externalName}: ${one.result.failure}`);
  }
  return { known, failures };
}

/** True when the Input requests information about images. */
export function readsImages({ images, usage, notPulledDays, scanFindings }: Input['observe']): boolean {
  return images || usage || scanFindings || notPulledDays !== undefined;
}

/** Returns the details that the Input requests in addition to the number of images and the newest one, or undefined. */
export function detailsOf({ usage, notPulledDays, scanFindings }: Input['observe']): ImageDetails | undefined {
  const details = {
    ...(usage && { usage }),
    ...(notPulledDays !== undefined && { notPulledDays }),
    ...(scanFindings && { scanFindings }),
  };
  return Object.keys(details).length === 0 ? undefined : details;
}

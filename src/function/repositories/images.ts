import type { JsonObject } from '../../json/value.ts';
import type { Input } from '../api/input.ts';
import type { AwsRegistry, ImageLooks } from '../aws.ts';
import type { Observed } from '../observed/managed-resource.ts';
import type { RepositoryParts } from '../plan.ts';

/** Returns the images of existing repositories by their keys, and an error for each repository that could not be read. */
export async function imagesOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
  aws: AwsRegistry,
  looks: ImageLooks | undefined,
): Promise<{ readonly known: ReadonlyMap<string, JsonObject>; readonly failures: readonly string[] }> {
  const known = new Map<string, JsonObject>();
  const failures: string[] = [];
  const asked = repositories.map(async ({ plan: { key, composedName, externalName, location } }) => {
    const { registryId, ready } = observed.get(composedName) ?? {};
    if (registryId === undefined || !ready) return undefined;
    const answer = await aws.images({ region: location.region, registryId, name: externalName, ...(looks && { looks }) });
    return { key, externalName, answer };
  });
  for (const one of await Promise.all(asked)) {
    if (one === undefined) continue;
    if ('value' in one.answer) known.set(one.key, { ...one.answer.value });
    else failures.push(`Cannot read the images of ECR repository ${one.externalName}: ${one.answer.failure}`);
  }
  return { known, failures };
}

/** True when the Input requests information about images. */
export function looksAtImages({ images, usage, notPulledDays, scanFindings }: Input['observe']): boolean {
  return images || usage || scanFindings || notPulledDays !== undefined;
}

/** Returns the details that the Input requests in addition to the number of images and the newest one, or undefined. */
export function looksOf({ usage, notPulledDays, scanFindings }: Input['observe']): ImageLooks | undefined {
  const looks = {
    ...(usage && { usage }),
    ...(notPulledDays !== undefined && { notPulledDays }),
    ...(scanFindings && { scanFindings }),
  };
  return Object.keys(looks).length === 0 ? undefined : looks;
}

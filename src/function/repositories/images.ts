import type { JsonObject } from '../../json/value.ts';
import type { AwsRegistry } from '../aws.ts';
import type { Observed } from '../observed/managed-resource.ts';
import type { RepositoryParts } from '../plan.ts';

/** The images of those repositories that are there, by their key, and a sentence for each that could not be looked into. */
export async function imagesOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
  aws: AwsRegistry,
): Promise<{ readonly known: ReadonlyMap<string, JsonObject>; readonly failures: readonly string[] }> {
  const known = new Map<string, JsonObject>();
  const failures: string[] = [];
  const asked = repositories.map(async ({ plan: { key, composedName, externalName, place } }) => {
    const { registryId, ready } = observed.get(composedName) ?? {};
    if (registryId === undefined || !ready) return undefined;
    const answer = await aws.images({ region: place.region, registryId, name: externalName });
    return { key, externalName, answer };
  });
  for (const one of await Promise.all(asked)) {
    if (one === undefined) continue;
    if ('value' in one.answer) known.set(one.key, { ...one.answer.value });
    else failures.push(`Cannot look into ECR repository ${one.externalName}: ${one.answer.failure}`);
  }
  return { known, failures };
}

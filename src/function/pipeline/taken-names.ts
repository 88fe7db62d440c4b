import { quote } from '../../internal/quote.ts';
import { composedResourcesOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import { InputError, type Problem } from '../api/input-error.ts';
import { COMPOSED_PREFIX } from '../package-cache/names.ts';
import type { WorkloadPlan } from '../plan.ts';
import { repositoryId, type Step } from './step.ts';

const PATH = 'input.resourceNamePrefix';
const WAY_OUT =
  'give each step that runs this function a unique resourceNamePrefix, such as west-, or rename the resource of the earlier step';

/**
 * Refuses a step that would replace a desired resource of an earlier step, regardless of the function that it runs: Crossplane treats
 * composed resources with the same name as the same one, and would delete that of the earlier step. `names` are the composed resource names
 * of the step. Throws {@link InputError}.
 */
export function refuseTakenNames(
  { desired }: RequestView,
  step: Step,
  plan: WorkloadPlan,
  names: Iterable<string>,
): void {
  if (desired.length === 0) return;
  const problems = [...repositoryProblems(step, plan), ...nameProblems(desired, step, [...names])];
  if (problems.length > 0) throw new InputError(problems.slice(0, MAX_PROBLEMS));
}

const MAX_PROBLEMS = 5;

const KIND = projection({ apiVersion: true, kind: true });

function nameProblems(desired: RequestView['desired'], { prefix, earlier }: Step, names: readonly string[]): Problem[] {
  // Packages are cluster scoped and have the same name in every step.
  const packages = names.filter((name) => name.slice(prefix.length).startsWith(COMPOSED_PREFIX) && name.includes('.'));
  const elsewhere = packages.flatMap((name) => earlier.map((one) => `${one.prefix}${name.slice(prefix.length)}`));
  const found = composedResourcesOf(desired, [...names, ...elsewhere]);
  return [...found].map(([name, struct]) => {
    const { apiVersion, kind } = decodeStruct(struct, KIND);
    const who = earlier.some((one) => one.prefix === prefix) ? 'this function' : 'a function';
    const what = `${String(kind)} of ${String(apiVersion)}`;
    const own = names.includes(name) ? 'a name that this step also uses' : 'the same package as one of this step';
    const message = `an earlier step, which runs ${who}, composes ${quote(name)}, a ${what}, ${own}; ${WAY_OUT}`;
    return { path: PATH, message };
  });
}

/** Returns the problems of repositories that an earlier step composes: two composed resources would change the repository alternately. */
function repositoryProblems({ earlier }: Step, { repositories, flavor }: WorkloadPlan): Problem[] {
  return repositories.flatMap(({ plan }) => {
    const id = repositoryId(flavor.name, plan);
    const other = earlier.find((one) => one.repositories.includes(id));
    if (other === undefined) return [];
    const { externalName, location } = plan;
    const who = other.prefix === '' ? 'without a resourceNamePrefix' : `with resourceNamePrefix ${quote(other.prefix)}`;
    const message = `the ${plan.key} repository ${quote(externalName)} in ${location.region} belongs to an earlier step, ${who}, with the same provider config; use different regions, provider configs or name templates`;
    return [{ path: 'input.enforced', message }];
  });
}

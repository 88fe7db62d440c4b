import { printable } from '../../../internal/quote.ts';
import { Capability, type Requirements, type SchemaSelector } from '../../../protocol/messages.ts';
import { openApiSchemaOf, type RequestView } from '../../../protocol/request.ts';
import { InputError } from '../../api/input-error.ts';
import type { Observed } from '../../observed/managed-resource.ts';
import type { WorkloadPlan } from '../../plan.ts';
import { predecessorOf } from './names.ts';

/**
 * Asks for the schemas of the kinds that a composite moves to. A composite that refers to a kind that does not exist is stuck: Crossplane
 * can observe nothing of it, even when the flavor is set back. Returns undefined where nothing moves, or the caller shows no schemas.
 * Throws {@link InputError} where a kind does not exist.
 */
export function requireKinds(
  { capabilities, requiredSchemas }: Pick<RequestView, 'capabilities' | 'requiredSchemas'>,
  { flavor, repositories, prefix }: WorkloadPlan,
  observed: ReadonlyMap<string, Observed>,
): Requirements | undefined {
  const composed = [...repositories.flatMap((parts) => parts.composed), ...prefix];
  const moving = composed.filter(
    ({ name }) => !observed.has(name) && predecessorOf(flavor, name, observed) !== undefined,
  );
  const [first] = moving;
  if (first === undefined || !capabilities?.has(Capability.REQUIRED_SCHEMAS)) return undefined;
  const earlier = predecessorOf(flavor, first.name, observed)?.apiVersion ?? '';
  const old = { apiVersion: earlier, kind: String(first.resource.kind) };
  const wanted = composed.map(({ resource }) => ({
    apiVersion: String(resource.apiVersion),
    kind: String(resource.kind),
  }));
  const schemas = Object.fromEntries([old, ...wanted].map((kind) => [nameOf(kind), kind]));
  const isThere = (kind: SchemaSelector) => {
    const schema = requiredSchemas.get(nameOf(kind));
    return schema && openApiSchemaOf(schema) !== undefined;
  };
  const missing = wanted.find((kind) => isThere(kind) === false);
  // In a local rendering, not even the kind of what exists is found.
  if (missing && isThere(old)) {
    const [group = ''] = printable(earlier).split('/');
    const message = `is ${flavor.name}, but the API server has no kind ${missing.kind} of ${missing.apiVersion}; install that provider first, or set it back to ${group}`;
    throw new InputError([{ path: 'input.provider.flavor', message }]);
  }
  return { schemas };
}

function nameOf({ apiVersion, kind }: SchemaSelector): string {
  return `kind/${apiVersion}/${kind}`;
}

import type { Requirements, ResourceSelector } from '../../protocol/messages.ts';
import type { RequestView } from '../../protocol/request.ts';

/**
 * The requirements by which a response asks for objects. Crossplane v1 has required resources under an older name, without namespaces: a
 * Secret would end its reconcile with an error. Crossplane 2.0 and 2.1 have both names, and do not say so.
 */
export function lookupsOf(
  required: ReadonlyMap<string, ResourceSelector>,
  { capabilities }: RequestView,
): Requirements {
  const resources = Object.fromEntries(required);
  if (capabilities !== undefined) return { resources };
  const clusterScoped = [...required].filter(([, { namespace }]) => namespace === undefined);
  return { resources, extraResources: Object.fromEntries(clusterScoped) };
}

import type { Requirements, ResourceSelector } from '../../protocol/messages.ts';
import type { RequestView } from '../../protocol/request.ts';

/**
 * Returns the requirements by which a response requests objects. Crossplane v1 supports required resources under an older name and without
 * namespaces: a Secret would end its reconcile with an error. Crossplane 2.0 and 2.1 support both names without reporting it.
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

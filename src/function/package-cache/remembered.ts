import { isList, isObject, type JsonObject } from '../../json/value.ts';
import { compositeOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import { objectAt } from '../observed/managed-resource.ts';
import type { Finding } from './settle.ts';

const CACHE_STATUS = projection({ status: { packageCache: true, lastHandledReconcileAt: true } });

/** What the composite's status says since the last call. */
export interface StatusBefore {
  /** The status of each source by its name. */
  readonly sources: JsonObject;
  readonly handledAt: string | undefined;
}

/** Reads what the composite's status says since the last call. */
export function statusBefore({ observed }: RequestView): StatusBefore {
  const composite = compositeOf(observed);
  const status = composite === undefined ? {} : objectAt(decodeStruct(composite, CACHE_STATUS), 'status');
  const { lastHandledReconcileAt: handledAt } = status;
  return {
    sources: objectAt(status, 'packageCache'),
    handledAt: typeof handledAt === 'string' ? handledAt : undefined,
  };
}

/** The sets that the status names as present ones of any source, which may have been renamed since, and the earlier ones of this source. */
export function rememberedSets(before: JsonObject, source: string): Pick<Finding, 'currentSets' | 'earlierSets'> {
  const setOf = (status: JsonObject) => (typeof status.set === 'string' ? [status.set] : []);
  const own = objectAt(before, source);
  const { history } = own;
  const earlier = isList(history) ? history.filter(isObject).flatMap(setOf) : [];
  const others = Object.keys(before).flatMap((name) => setOf(objectAt(before, name)));
  return { currentSets: [...setOf(own), ...others], earlierSets: [...setOf(own), ...earlier] };
}

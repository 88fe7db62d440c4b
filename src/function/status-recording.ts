import { isObject, type Json } from '../json/value.ts';
import { Capability, Ready, Status } from '../protocol/messages.ts';
import type { RequestView } from '../protocol/request.ts';
import type { FunctionResponse } from '../protocol/response.ts';
import { decodeStruct, projection } from '../protocol/struct.ts';
import { messageField } from '../protocol/wire.ts';
import type { Composite } from './observed/composite.ts';
import { condition } from './response.ts';

const TYPE = 'StatusRecorded';
const SCHEMA = 'composite';
const OPENAPI_V3 = 10; // Schema.openapi_v3: field 1, length-delimited

/**
 * Leaves the status out of a response where the composite cannot keep it. Crossplane applies a status on the server's side, which refuses
 * fields that the XRD does not declare, and the composite would never be ready. So once that shows, the status is left out, the author is
 * told, and the composite's schema is asked for until it has the field.
 */
export function recordable(request: RequestView, composite: Composite, response: FunctionResponse): FunctionResponse {
  if (response.compositeStatus === undefined) return response;
  const canAsk = request.capabilities?.has(Capability.REQUIRED_SCHEMAS) ?? false;
  const isKnown = composite.troubles.includes(TYPE) || isRefused(composite);
  if (!isKnown && !isLost(composite, response, canAsk)) return response;
  const { apiVersion, kind } = composite;
  // Asked for with the schema at hand too: Crossplane calls again until what is asked for stays the same.
  const requirements = canAsk
    ? { ...response.requirements, schemas: { [SCHEMA]: { apiVersion, kind } } }
    : response.requirements;
  const schema = request.requiredSchemas.get(SCHEMA);
  const declares = schema && declaresRepositories(schema);
  if (declares) {
    const recorded = condition(TYPE, Status.TRUE, 'Recorded');
    return { ...response, conditions: [...response.conditions, recorded], requirements };
  }
  // Of an XRD that is new, Crossplane may find no schema until the next CRD changes. That says nothing against it.
  if (schema && declares === undefined && !isKnown) return { ...response, requirements };
  const message = `The XRD of ${kind} does not declare all of the status, so the names, URIs and ARNs of the repositories are not recorded; give it the status of the XRD in this function's examples`;
  return {
    ...response,
    compositeStatus: undefined,
    conditions: [...response.conditions, condition(TYPE, Status.FALSE, 'NotInSchema', message)],
    requirements,
  };
}

function isRefused({ syncFailure }: Composite): boolean {
  return syncFailure !== undefined && UNDECLARED.test(syncFailure);
}

/**
 * True when the composite has repositories, but nothing of what was said of it: Crossplane 2 cannot even record that the API server
 * refused its status. Where the schema cannot be asked for, only a composite without
 * any outcome counts, as this may be the first call for one that another function composed.
 */
function isLost({ uid, conditionTypes }: Composite, { resources }: FunctionResponse, canAsk: boolean): boolean {
  const isBuilt = [...resources.values()].some(({ ready }) => ready === Ready.TRUE);
  return uid !== undefined && isBuilt && !conditionTypes.includes(canAsk ? 'ParametersValid' : 'Synced');
}

// The API server's words, repeated in the Synced condition of the composite.
const UNDECLARED = /\.status\.\S+: field not declared in schema/;

const STATUS_SCHEMA = projection({ properties: { status: true } });

/** Undefined when Crossplane has found no schema. */
function declaresRepositories(schema: Uint8Array): boolean | undefined {
  const struct = messageField(schema, OPENAPI_V3);
  if (struct === undefined) return undefined;
  const status = propertyOf(decodeStruct(struct, STATUS_SCHEMA), 'status');
  return (
    propertyOf(status, 'repositories') !== undefined || at(status, 'x-kubernetes-preserve-unknown-fields') === true
  );
}

function propertyOf(schema: Json | undefined, name: string): Json | undefined {
  return at(at(schema, 'properties'), name);
}

function at(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}

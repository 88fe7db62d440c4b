import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';
import { Capability, Ready, type Resource } from '../protocol/messages.ts';
import { compositeOf, openApiSchemaOf, type RequestView } from '../protocol/request.ts';
import { decodeStruct, projection } from '../protocol/struct.ts';
import type { Composite } from './observed/composite.ts';
import { conditionFalse, conditionTrue, type ResponseBuilder } from './response.ts';

const TYPE = 'StatusRecorded';
const SCHEMA = 'composite';

/**
 * Removes the parts of the status that the composite cannot store. Crossplane uses server-side apply, which rejects the whole status
 * because of one field that the XRD does not declare, and the composite would never become ready. Once this is detected, the status is
 * omitted, a condition reports it, and the composite's schema is requested until it has the field. The status of packages has gained fields
 * over time, which an XRD may not have yet: it is compared with the schema, if available, until the latest field has been recorded.
 */
export function recordStatus(response: ResponseBuilder, request: RequestView, composite: Composite): void {
  const { compositeStatus, resources } = response.draft;
  if (compositeStatus === undefined) return;
  const canAsk = request.capabilities?.has(Capability.REQUIRED_SCHEMAS) ?? false;
  const isKnown = composite.failingConditionTypes.includes(TYPE) || isRefused(composite);
  const isGone = isLost(composite, resources, canAsk);
  const { packageCache } = compositeStatus;
  const hasPackages = isObject(packageCache) && Object.keys(packageCache).length > 0;
  const isNew = canAsk && hasPackages && !recordsPackages(request);
  if (!isKnown && !isNew && !isGone) {
    // Crossplane treats a condition that is not repeated as unknown if a later step ends the pipeline.
    if (composite.conditionTypes.includes(TYPE)) response.condition(conditionTrue(TYPE));
    return;
  }
  const { apiVersion, kind } = composite;
  // The requirement is repeated: Crossplane calls the function again until requirements are stable.
  if (canAsk) response.requires({ schemas: { [SCHEMA]: { apiVersion, kind } } });
  const schema = request.requiredSchemas.get(SCHEMA);
  const declared = schema && statusSchemaOf(schema);
  const declares = schema && (declared === undefined ? undefined : declaresRepositories(declared));
  if (declares) {
    const undeclared: string[] = [];
    const grown = pick(compositeStatus, GROWN_FIELDS);
    response.status({ ...noneOf(GROWN_FIELDS), ...declaredPart(grown, declared, 'status', undeclared) });
    if (undeclared.length > 0) {
      response.condition(conditionFalse(TYPE, 'NotInSchema', undeclaredMessage(kind, undeclared)));
    } else if (isKnown) response.condition(conditionTrue(TYPE));
    return;
  }
  // Crossplane may not find the schema of a new XRD until the next change of a CRD. This does not mean that the field is missing.
  const isUnclear = schema === undefined ? hasPackages && !isGone : declares === undefined;
  if (!isKnown && isUnclear) return;
  const message = `The XRD of ${kind} does not declare all of the status, so the names, URIs and ARNs of the repositories are not recorded; give it the status of the XRD in this function's examples`;
  response.status(undefined);
  response.condition(conditionFalse(TYPE, 'NotInSchema', message));
}

const RECORDED = projection({ status: { packageCache: true } });

/** True when the composite's status contains the latest field of a source's status. */
function recordsPackages({ observed }: RequestView): boolean {
  const composite = compositeOf(observed);
  const sources = at(at(composite && decodeStruct(composite, RECORDED), 'status'), 'packageCache');
  return isObject(sources) && Object.values(sources).some((source) => at(source, 'observedGeneration') !== undefined);
}

function isRefused({ syncFailure }: Composite): boolean {
  return syncFailure !== undefined && UNDECLARED.test(syncFailure);
}

/**
 * True when the composite has repositories but none of the reported status: Crossplane 2 cannot even record that the API server rejected
 * the status. If the schema cannot be requested, this is only true for a composite without any outcome, since this may be the first call
 * for a composite that another function composed.
 */
function isLost(
  { uid, conditionTypes }: Composite,
  resources: ReadonlyMap<string, Resource>,
  canAsk: boolean,
): boolean {
  const isBuilt = [...resources.values()].some(({ ready }) => ready === Ready.TRUE);
  return uid !== undefined && isBuilt && !conditionTypes.includes(canAsk ? 'ParametersValid' : 'Synced');
}

// The message of the API server, repeated in the Synced condition of the composite.
const UNDECLARED = /\.status\.\S+: field not declared in schema/;

const STATUS_SCHEMA = projection({ properties: { status: true } });

/** Returns the schema of the status, or undefined if Crossplane has not found it. */
function statusSchemaOf(schema: Uint8Array): Json | undefined {
  const struct = openApiSchemaOf(schema);
  return struct === undefined ? undefined : (propertyOf(decodeStruct(struct, STATUS_SCHEMA), 'status') ?? {});
}

function declaresRepositories(status: Json): boolean {
  return (propertyOf(status, 'repositories') ?? propertyOf(status, 'registry')) !== undefined || takesAnything(status);
}

/** Returns the part of a status that its schema declares. Paths of the rest are added to `undeclared`. */
function declaredPart(status: JsonObject, schema: Json | undefined, path: string, undeclared: string[]): JsonObject {
  if (takesAnything(schema)) return status;
  const others = at(schema, 'additionalProperties');
  const entries = Object.entries(status).flatMap(([name, value]): [string, Json][] => {
    if (value === undefined) return [];
    const own = propertyOf(schema, name) ?? (isObject(others) ? others : undefined);
    if (own === undefined && others !== true) {
      undeclared.push(`${path}.${name}`);
      return [];
    }
    const part = (item: Json): Json =>
      isObject(item) ? declaredPart(item, itemSchema, `${path}.${name}`, undeclared) : item;
    const itemSchema = isList(value) ? at(own, 'items') : own;
    return [[name, own === undefined ? value : isList(value) ? value.map(part) : part(value)]];
  });
  return Object.fromEntries(entries);
}

/** The fields of the status that were added or extended after the first version. */
const GROWN_FIELDS = ['repositories', 'packageCache', 'keptPackages', 'pullSecrets'] as const;

function pick(status: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, status[name]]));
}

function noneOf(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function takesAnything(schema: Json | undefined): boolean {
  return at(schema, 'x-kubernetes-preserve-unknown-fields') === true;
}

function undeclaredMessage(kind: string, undeclared: readonly string[]): string {
  const fields = [...new Set(undeclared)].slice(0, 10).join(', ');
  return `The XRD of ${kind} does not declare ${fields}, so these are not recorded; give it the status of the XRD in this function's examples`;
}

function propertyOf(schema: Json | undefined, name: string): Json | undefined {
  return at(at(schema, 'properties'), name);
}

function at(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}

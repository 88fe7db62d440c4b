import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';
import { propertyNamesOf, propertyOf } from '../../protocol/property.ts';
import { decodeStruct, decodeValue, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import type { Problem } from '../api/input-error.ts';
import { MAX_PARAMETER_BYTES, parameterLimitProblem, tooManyBytes } from '../api/limits/parameter-limits.ts';

/** A claim of a composite. */
export interface Claim {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A condition of the composite as it was before this call. */
export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The fields of the observed composite that the function reads. */
export interface Composite {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** The claim that it is of; undefined for one that is namespaced, or that was created without a claim. */
  readonly claim: Claim | undefined;
  /**
   * The workload's namespace: the composite's own, or the claim's. The author of a namespaced composite can write its
   * spec.claimRef too, so that counts only for a cluster-scoped one, of which Crossplane writes it.
   */
  readonly namespace: string | undefined;
  /** True for a composite that is in a namespace itself, as those of Crossplane v2 are; it can only have resources of its namespace. */
  readonly namespaced: boolean;
  /** True when its connection details go to a Secret. */
  readonly wantsConnectionDetails: boolean;
  /** Given by the cluster that keeps it; undefined for one that is nowhere yet. */
  readonly uid: string | undefined;
  /** `metadata.generation`, which counts changes of the spec. */
  readonly generation: number | undefined;
  /** Text of the annotation by which a person asks to look at all sources now, as Flux has it; a new text asks again. */
  readonly requestedAt: string | undefined;
  /** The types of all its conditions. */
  readonly conditionTypes: readonly string[];
  /** The types of its conditions that are not True. */
  readonly failingConditionTypes: readonly string[];
  /** Those conditions themselves, by type. */
  readonly failingConditions: ReadonlyMap<string, ObservedCondition>;
  /** The message of this function on names that other composites have, while that holds. */
  readonly nameConflict: string | undefined;
  /** Crossplane's error in the last reconcile, in its own words. */
  readonly syncFailure: string | undefined;
  /** `spec.parameters` as it is; undefined where `parametersProblem` says why not. */
  readonly parameters: Json | undefined;
  /** The fields of `spec` beside `parameters` and those of Crossplane. */
  readonly specFields: readonly string[];
  /** The limit that `spec.parameters` exceeds. */
  readonly parametersProblem: Problem | undefined;
}

/** The parts of a composite that say which one it is. */
export interface CompositeIdentity extends Pick<Composite, 'apiVersion' | 'kind' | 'name' | 'claim'> {
  /** Its own, not that of its claim; undefined for one that is cluster-scoped. */
  readonly namespace: string | undefined;
}

/** Returns the identity of a composite. */
export function identityOf({ apiVersion, kind, name, namespace, namespaced, claim }: Composite): CompositeIdentity {
  return { apiVersion, kind, namespace: namespaced ? namespace : undefined, name, claim };
}

const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

const PROJECTION = projection({
  apiVersion: true,
  kind: true,
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    generation: true,
    annotations: { [REQUESTED_AT]: true },
  },
  spec: {
    claimRef: { kind: true, namespace: true, name: true },
    writeConnectionSecretToRef: { name: true },
  },
  status: { conditions: { type: true, status: true, reason: true, message: true } },
});

/** Reads the observed composite; a request without one reads as an empty one. Throws {@link WireError} on bytes that are not a Struct. */
export function readComposite(bytes: Bytes | undefined): Composite {
  const object = bytes === undefined ? {} : decodeStruct(bytes, PROJECTION);
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const spec = isObject(object.spec) ? object.spec : {};
  const claimRef = isObject(spec.claimRef) ? spec.claimRef : {};
  const status = isObject(object.status) ? object.status : {};
  const own = text(metadata.namespace);
  const conditions = isList(status.conditions) ? status.conditions.filter(isObject) : [];
  const failing = conditions.filter((one) => one.status !== 'True');
  return {
    apiVersion: text(object.apiVersion) ?? '',
    kind: text(object.kind) ?? '',
    name: text(metadata.name) ?? '',
    namespace: own ?? text(claimRef.namespace),
    namespaced: own !== undefined,
    claim: own === undefined ? claimOf(claimRef) : undefined,
    wantsConnectionDetails: isObject(spec.writeConnectionSecretToRef),
    uid: text(metadata.uid),
    generation: typeof metadata.generation === 'number' ? metadata.generation : undefined,
    requestedAt: text(isObject(metadata.annotations) ? metadata.annotations[REQUESTED_AT] : undefined),
    conditionTypes: conditions.map(({ type }) => String(type)),
    failingConditionTypes: failing.map(({ type }) => String(type)),
    failingConditions: new Map(failing.map((one) => [String(one.type), readCondition(one)])),
    nameConflict: text(failing.find(({ reason }) => reason === 'NameConflict')?.message),
    syncFailure: text(failing.find(({ type }) => type === 'Synced')?.message),
    specFields:
      bytes === undefined
        ? []
        : propertyNamesOf(bytes, 'spec', MAX_SPEC_FIELDS).filter((name) => !CROSSPLANE.has(name)),
    ...readParameters(bytes),
  };
}

function claimOf(claimRef: JsonObject): Claim | undefined {
  const [kind, namespace, name] = [text(claimRef.kind), text(claimRef.namespace), text(claimRef.name)];
  return namespace === undefined || name === undefined ? undefined : { kind: kind ?? '', namespace, name };
}
const MAX_SPEC_FIELDS = 50;
/** The fields of a composite's spec that Crossplane itself reads or writes. */
const CROSSPLANE: ReadonlySet<string> = new Set([
  'parameters',
  'crossplane',
  'claimRef',
  'compositionRef',
  'compositionSelector',
  'compositionRevisionRef',
  'compositionRevisionSelector',
  'compositionUpdatePolicy',
  'compositeDeletePolicy',
  'environmentConfigRefs',
  'publishConnectionDetailsTo',
  'resourceRef',
  'resourceRefs',
  'writeConnectionSecretToRef',
]);

function readCondition({ type, status, reason, message }: JsonObject): ObservedCondition {
  return {
    type: String(type),
    status: String(status),
    reason: text(reason) ?? '',
    message: text(message) ?? '',
  };
}

const PARAMETERS = ['spec', 'parameters'];

/** The author of a claim chooses how large they are, so their size is looked at before they are decoded. */
function readParameters(bytes: Bytes | undefined): Pick<Composite, 'parameters' | 'parametersProblem'> {
  const encoded = bytes && propertyOf(bytes, PARAMETERS);
  if (encoded === undefined) return { parameters: undefined, parametersProblem: undefined };
  if (encoded.length > MAX_PARAMETER_BYTES) {
    return { parameters: undefined, parametersProblem: tooManyBytes(encoded.length) };
  }
  const parameters = decodeValue(encoded);
  const parametersProblem = parameterLimitProblem(parameters);
  return { parameters: parametersProblem === undefined ? parameters : undefined, parametersProblem };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

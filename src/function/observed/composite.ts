import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';
import { propertyNamesOf, propertyOf } from '../../protocol/property.ts';
import { decodeStruct, decodeValue, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import type { Problem } from '../api/input-error.ts';
import { MAX_PARAMETER_BYTES, parameterLimitProblem, tooManyBytes } from '../api/limits/parameter-limits.ts';

/** The claim of a composite. */
export interface Claim {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A condition of the composite before this call. */
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
  /** The claim of the composite; undefined for a namespaced composite and for one that was created without a claim. */
  readonly claim: Claim | undefined;
  /**
   * The workload's namespace: that of the composite or of the claim. The author of a namespaced composite can also write its spec.claimRef,
   * so the field is only read from a cluster-scoped composite, where Crossplane writes it.
   */
  readonly namespace: string | undefined;
  /** True for a namespaced composite, as in Crossplane v2. It can only compose resources in its namespace. */
  readonly namespaced: boolean;
  /** True when its connection details are written to a Secret. */
  readonly wantsConnectionDetails: boolean;
  /** Its UID. A local rendering makes one up. */
  readonly uid: string | undefined;
  /** The time of its creation in a cluster; undefined for a composite that does not exist in one, as in a local rendering. */
  readonly createdAt: string | undefined;
  /** `metadata.generation`, which counts changes of the spec. */
  readonly generation: number | undefined;
  /** The value of the annotation that requests an immediate check of all sources, as in Flux. A new value is a new request. */
  readonly requestedAt: string | undefined;
  /** The types of all its conditions. */
  readonly conditionTypes: readonly string[];
  /** The types of its conditions that are not True. */
  readonly failingConditionTypes: readonly string[];
  /** The conditions that are not True, by type. */
  readonly failingConditions: ReadonlyMap<string, ObservedCondition>;
  /** The message of this function about names of other composites, while the conflict exists. */
  readonly nameConflict: string | undefined;
  /** The message of Crossplane's error in the last reconcile. */
  readonly syncFailure: string | undefined;
  /** `spec.parameters`; undefined if there is a `parametersProblem`. */
  readonly parameters: Json | undefined;
  /** The fields of `spec` other than `parameters` and those of Crossplane. */
  readonly specFields: readonly string[];
  /** The limit that `spec.parameters` exceeds. */
  readonly parametersProblem: Problem | undefined;
}

/** The fields that identify a composite. */
export interface CompositeIdentity extends Pick<Composite, 'apiVersion' | 'kind' | 'name' | 'claim'> {
  /** The namespace of the composite, not that of its claim; undefined for a cluster-scoped composite. */
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
    creationTimestamp: true,
    generation: true,
    annotations: { [REQUESTED_AT]: true },
  },
  spec: {
    claimRef: { kind: true, namespace: true, name: true },
    writeConnectionSecretToRef: { name: true },
  },
  status: { conditions: { type: true, status: true, reason: true, message: true } },
});

/**
 * Reads the observed composite. A request without a composite is read as one with an empty composite. Throws {@link WireError} for bytes
 * that are not a Struct.
 */
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
    createdAt: text(metadata.creationTimestamp),
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

/** Reads the parameters. Their size is checked before they are decoded, since the author of a claim chooses it. */
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

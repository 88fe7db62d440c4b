import * as z from 'zod';

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const schema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** Any object of the Kubernetes API. */
export type KubernetesObject = z.infer<typeof schema>;

/** One condition in an object's status. */
export type Condition = z.infer<typeof condition>;

/** The identity of an object; `namespace` is undefined for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Validates the response of the API server. */
export function parseObject(value: unknown): KubernetesObject {
  return schema.parse(value);
}

/** The reference of an object. */
export function refOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** An object's name for messages, such as `WorkloadECRRepo default/example`. */
export function describeRef({ kind, name, namespace }: ObjectRef): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The value at a path in an object, such as `valueAt(claim, 'status', 'repositories')`; undefined if there is none. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value;
  for (const part of path) {
    if (Array.isArray(at) && typeof part === 'number') at = at[part];
    else if (isRecord(at)) at = at[part];
    else return undefined;
  }
  return at;
}

/** The text at a path in an object; undefined if there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The conditions in an object's status. */
export function conditionsOf(object: KubernetesObject): Condition[] {
  const found = z.array(condition).safeParse(valueAt(object, 'status', 'conditions'));
  return found.success ? found.data : [];
}

/** One condition in an object's status. */
export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  return conditionsOf(object).find((each) => each.type === type);
}

/** True when all these conditions are True. */
export function hasConditions(object: KubernetesObject | undefined, ...types: readonly string[]): boolean {
  return object !== undefined && types.every((type) => conditionOf(object, type)?.status === 'True');
}

function isRecord(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null;
}

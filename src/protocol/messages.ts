import type { JsonObject } from '../json/value.ts';
import type { Bytes } from './wire.ts';

// Plain types for the messages in proto/v1/run_function.proto. Enums are represented by their numbers, which are named here.

export const Ready = { UNSPECIFIED: 0, TRUE: 1, FALSE: 2 } as const;
export const Severity = { UNSPECIFIED: 0, FATAL: 1, WARNING: 2, NORMAL: 3 } as const;
export const Target = { UNSPECIFIED: 0, COMPOSITE: 1, COMPOSITE_AND_CLAIM: 2 } as const;
export const Status = { UNSPECIFIED: 0, UNKNOWN: 1, TRUE: 2, FALSE: 3 } as const;
export const Capability = {
  UNSPECIFIED: 0,
  CAPABILITIES: 1,
  REQUIRED_RESOURCES: 2,
  CREDENTIALS: 3,
  CONDITIONS: 4,
  REQUIRED_SCHEMAS: 5,
} as const;

/** A composite or composed resource: the object, its connection details and its readiness. */
export interface Resource {
  readonly resource?: JsonObject | undefined;
  /** Replaces `resource`, in responses only: pieces that together form the object's encoded google.protobuf.Struct. */
  readonly struct?: readonly Bytes[] | undefined;
  readonly connectionDetails?: Readonly<Record<string, Bytes>> | undefined;
  readonly ready?: number | undefined;
}

/** Observed or desired state: the composite, and its composed resources by name. */
export interface State {
  readonly composite?: Resource | undefined;
  readonly resources?: Readonly<Record<string, Resource>> | undefined;
}

/** A request as a caller builds it. Functions read it as a {@link RequestView}. */
export interface RunFunctionRequest {
  readonly meta?:
    | { readonly tag?: string | undefined; readonly capabilities?: readonly number[] | undefined }
    | undefined;
  readonly observed?: State | undefined;
  readonly desired?: State | undefined;
  readonly input?: JsonObject | undefined;
  readonly context?: JsonObject | undefined;
  readonly extraResources?: Readonly<Record<string, readonly Resource[]>> | undefined;
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, Bytes>>>> | undefined;
  readonly requiredResources?: Readonly<Record<string, readonly Resource[]>> | undefined;
  readonly requiredSchemas?: Readonly<Record<string, JsonObject | undefined>> | undefined;
}

/** An event for the composite and, depending on the target, for its claim. A fatal result stops the pipeline. */
export interface Result {
  readonly severity: number;
  readonly message: string;
  readonly reason?: string | undefined;
  readonly target?: number | undefined;
}

/** A status condition for the composite and, depending on the target, for its claim. */
export interface Condition {
  readonly type: string;
  readonly status: number;
  readonly reason: string;
  readonly message?: string | undefined;
  readonly target?: number | undefined;
}

/** Selects existing resources that the function requires in its next call. */
export type ResourceSelector = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly matchName?: string | undefined;
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly namespace?: string | undefined;
};

/** Selects an OpenAPI schema that the function requires in its next call. */
export type SchemaSelector = {
  readonly apiVersion: string;
  readonly kind: string;
};

// Types, like the selectors: interfaces are not assignable to JSON.
export type Requirements = {
  readonly extraResources?: Readonly<Record<string, ResourceSelector>> | undefined;
  readonly resources?: Readonly<Record<string, ResourceSelector>> | undefined;
  readonly schemas?: Readonly<Record<string, SchemaSelector>> | undefined;
};

/** A response as the caller reads it. */
export interface RunFunctionResponse {
  readonly meta: { readonly tag: string; readonly ttlSeconds?: number | undefined };
  readonly desired: State;
  readonly results: readonly Result[];
  readonly context?: JsonObject | undefined;
  readonly requirements: Requirements;
  readonly conditions: readonly Condition[];
  readonly output?: JsonObject | undefined;
}

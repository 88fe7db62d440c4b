import type { Json, JsonObject } from '../../../src/json/value.ts';

/** A policy as a team has it. */
export interface RealPolicy {
  readonly what: string;
  /** As YAML or JSON text. */
  readonly policy: Json;
  /** The plain terms that stand for the same. */
  readonly plain?: JsonObject | undefined;
  /** What AWS's documentation says of it. */
  readonly aws: string;
  /** The page of the documentation: a whole URL, or a page of ECR's user guide. */
  readonly page: string;
  /** The beginning of our answer below the policy's path, where AWS would refuse it. Default: it is taken. */
  readonly refused?: string;
}

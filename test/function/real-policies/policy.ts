import type { Json, JsonObject } from '../../../src/json/value.ts';

/** A realistic policy. */
export interface RealPolicy {
  readonly what: string;
  /** As YAML or JSON text. */
  readonly policy: Json;
  /** The same policy in plain terms. */
  readonly plain?: JsonObject | undefined;
  /** The statement of AWS's documentation. */
  readonly aws: string;
  /** The page of the documentation: a whole URL, or a page of ECR's user guide. */
  readonly page: string;
  /** The beginning of our message below the policy's path, if AWS would refuse it. Default: it is accepted. */
  readonly refused?: string;
}

import * as z from 'zod/mini';
import { base64Bytes, base64Text, utf8Bytes, utf8Text } from '../../internal/bytes/bytes.ts';
import { trimEnd } from '../../internal/trim.ts';
import type { JsonObject } from '../../json/value.ts';
import { projection } from '../../protocol/struct.ts';
import { text } from '../api/checks.ts';
import type { AwsRegistry } from '../aws.ts';
import { objectAt } from '../observed/managed-resource.ts';

/** The composed resource name of the Secret. */
export const PULL_SECRET = 'pullsecret';

const RENEW_AFTER = 'workload-ecr.fn.crossplane.io/renew-after';
const REGISTRY = 'workload-ecr.fn.crossplane.io/registry';
const DOCKER_CONFIG = '.dockerconfigjson';
const HOUR_MS = 3_600_000;
/** The time before the expiry at which a login is renewed, unless half of the remaining time is less. A login is valid for 12 h. */
const RENEW_BEFORE_END_MS = 3 * HOUR_MS;
/** The maximum time until the next call, so that a login is renewed in time. */
const MAX_TTL_SECONDS = 3600;

/** A Secret with which pods and GitOps tools log in to the registry, as configured in the Input. */
export const pullSecret = z
  .strictObject({
    name: z._default(
      text(253).check(
        z.regex(/^[a-z0-9{}.-]+$/, 'must be the name of a Secret; {workload} is replaced by workloadName'),
        z.describe('Name of the Secret in the namespace of the workload. {workload} is replaced by workloadName.'),
      ),
      '{workload}-ecr-pull',
    ),
  })
  .check(
    z.describe(
      'Creates a kubernetes.io/dockerconfigjson Secret in the namespace of the workload, and renews it. A reader of the Secret has the permissions of the function in ECR, so the role of the function should only allow pulling.',
    ),
  );

/** The fields that {@link pullSecretFor} reads of an observed Secret. */
export const PULL_SECRET_PROJECTION = projection({
  metadata: { annotations: { [RENEW_AFTER]: true, [REGISTRY]: true } },
  data: { [DOCKER_CONFIG]: true },
});

/** The desired Secret, if it can exist yet, the time of the next call for it, and the error. */
export interface ComposedSecret {
  readonly resource: JsonObject | undefined;
  readonly maxTtlSeconds: number;
  readonly failure: string | undefined;
}

/**
 * Returns the Secret for a registry host, which is undefined until a repository is observed: the observed Secret while its login is valid,
 * otherwise one with a new login. If the login cannot be renewed, the observed Secret is not changed.
 */
export async function pullSecretFor(
  metadata: { readonly name: string; readonly namespace: string },
  host: string | undefined,
  observed: JsonObject | undefined,
  aws: AwsRegistry,
): Promise<ComposedSecret> {
  const nowMs = aws.now();
  const annotations = observed ? objectAt(objectAt(observed, 'metadata'), 'annotations') : {};
  const config = observed ? objectAt(observed, 'data')[DOCKER_CONFIG] : undefined;
  const renewAt = Date.parse(String(annotations[RENEW_AFTER]));
  const known =
    typeof config === 'string'
      ? secret(metadata, config, { [REGISTRY]: annotations[REGISTRY], [RENEW_AFTER]: annotations[RENEW_AFTER] })
      : undefined;
  if (host === undefined) return { resource: known, maxTtlSeconds: MAX_TTL_SECONDS, failure: undefined };
  if (known && annotations[REGISTRY] === host && renewAt > nowMs) {
    return { resource: known, maxTtlSeconds: secondsTo(renewAt, nowMs), failure: undefined };
  }
  const result = await aws.token(host);
  if ('failure' in result) return { resource: known, maxTtlSeconds: 60, failure: result.failure };
  const { authorizationToken, expiresAt } = result.value;
  if (expiresAt <= nowMs) return { resource: known, maxTtlSeconds: 60, failure: 'the login has expired' };
  const renewAfter = expiresAt - Math.min(RENEW_BEFORE_END_MS, (expiresAt - nowMs) / 2);
  const fresh = secret(metadata, dockerConfig(host, authorizationToken), {
    [REGISTRY]: host,
    [RENEW_AFTER]: new Date(renewAfter).toISOString(),
  });
  return { resource: fresh, maxTtlSeconds: secondsTo(renewAfter, nowMs), failure: undefined };
}

/** Returns the name of the Secret for a workload. Invalid characters are replaced by dashes. */
export function pullSecretName(template: string, workloadName: string): string {
  const name = template.replaceAll('{workload}', workloadName).replaceAll(/[^a-z0-9.-]/g, '-');
  return trimEnd(name.slice(0, 253), '-.');
}

function secret(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  config: string,
  annotations: JsonObject,
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations },
    type: 'kubernetes.io/dockerconfigjson',
    data: { [DOCKER_CONFIG]: config },
  };
}

function dockerConfig(host: string, auth: string): string {
  const [username = '', ...password] = utf8Text(base64Bytes(auth)).split(':');
  const config = { auths: { [host]: { username, password: password.join(':'), auth } } };
  return base64Text(utf8Bytes(JSON.stringify(config)));
}

function secondsTo(thenMs: number, nowMs: number): number {
  return Math.min(Math.max(Math.ceil((thenMs - nowMs) / 1000), 60), MAX_TTL_SECONDS);
}

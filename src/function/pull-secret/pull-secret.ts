import * as z from 'zod/mini';
import { base64Bytes, base64Text, utf8Bytes, utf8Text } from '../../internal/bytes/bytes.ts';
import { trimEnd } from '../../internal/trim.ts';
import type { JsonObject } from '../../json/value.ts';
import { projection } from '../../protocol/struct.ts';
import { text } from '../api/checks.ts';
import type { AwsRegistry } from '../aws.ts';
import { objectAt } from '../observed/managed-resource.ts';

/** The name of its composed resource. */
export const PULL_SECRET = 'pullsecret';

const RENEW_AFTER = 'workload-ecr.fn.crossplane.io/renew-after';
const REGISTRY = 'workload-ecr.fn.crossplane.io/registry';
const DOCKER_CONFIG = '.dockerconfigjson';
const HOUR_MS = 3_600_000;
/** A login is good for 12 h; it is renewed this long before its end, or at half of what is left when that is less. */
const RENEW_BEFORE_END_MS = 3 * HOUR_MS;
/** Longest time to the next call, so that a login is renewed in time. */
const MAX_TTL_SECONDS = 3600;

/** A Secret with which pods and GitOps tools log in to the registry. */
export const pullSecret = z
  .strictObject({
    name: z._default(
      text(253).check(
        z.regex(/^[a-z0-9{}.-]+$/, 'must be the name of a Secret; {workload} stands for workloadName'),
        z.describe('Name of the Secret in the namespace of the workload. {workload} stands for workloadName.'),
      ),
      '{workload}-ecr-pull',
    ),
  })
  .check(
    z.describe(
      'Makes a kubernetes.io/dockerconfigjson Secret beside the workload, and renews it. A reader of the Secret may do in ECR what the function may: give the function a role that can only pull.',
    ),
  );

/** The fields that {@link pullSecretFor} reads of an observed Secret. */
export const PULL_SECRET_PROJECTION = projection({
  metadata: { annotations: { [RENEW_AFTER]: true, [REGISTRY]: true } },
  data: { [DOCKER_CONFIG]: true },
});

/** The Secret to have, if there can be one already, when to call again for it, and what went wrong. */
export interface PullSecret {
  readonly resource: JsonObject | undefined;
  readonly maxTtlSeconds: number;
  readonly failure: string | undefined;
}

/**
 * The Secret for a registry host (undefined as long as no repository is observed): the observed one while its login is good, else one
 * with a new login. A login that cannot be renewed leaves the observed Secret as it is.
 */
export async function pullSecretFor(
  metadata: { readonly name: string; readonly namespace: string },
  host: string | undefined,
  observed: JsonObject | undefined,
  aws: AwsRegistry,
): Promise<PullSecret> {
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
  const answer = await aws.token(host);
  if ('failure' in answer) return { resource: known, maxTtlSeconds: 60, failure: answer.failure };
  const { authorizationToken, expiresAt } = answer.value;
  if (expiresAt <= nowMs) return { resource: known, maxTtlSeconds: 60, failure: 'the login has expired' };
  const renewAfter = expiresAt - Math.min(RENEW_BEFORE_END_MS, (expiresAt - nowMs) / 2);
  const fresh = secret(metadata, dockerConfig(host, authorizationToken), {
    [REGISTRY]: host,
    [RENEW_AFTER]: new Date(renewAfter).toISOString(),
  });
  return { resource: fresh, maxTtlSeconds: secondsTo(renewAfter, nowMs), failure: undefined };
}

/** The name of the Secret for a workload; what a Secret's name cannot have becomes a dash. */
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

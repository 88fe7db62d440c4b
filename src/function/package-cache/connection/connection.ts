import { isEcrHost } from '../../../aws/registry-host.ts';
import type { Connection, SourceRequest, TenantTransport } from '../../../cache/artifacts/request.ts';
import type { RequestView } from '../../../protocol/request.ts';
import type { PackageCacheInput, Source } from '../../api/package-cache.ts';
import { readAwsCredentials } from './aws-credentials.ts';

/** The connection settings that Secrets of the claim's namespace hold. */
export interface TenantSecrets {
  readonly pullSecrets: Extract<Connection, { kind: 'tenant' }>['pullSecrets'];
  readonly transport: Omit<TenantTransport, 'insecure'>;
}

/** A connection, or why there is none. */
export type ConnectionChoice =
  | { readonly connection: Connection }
  | { readonly reason: 'NotAllowed' | 'AuthFailed'; readonly message: string };

/** Settings of a source that are the claim's own say in how the registry is reached. None goes together with the platform's login. */
const TRANSPORT_SETTINGS = ['certSecretRef', 'proxySecretRef', 'insecure'] as const satisfies readonly (keyof Source)[];

/** Chooses who logs in to the registry of a source, and over which connection. */
export function chooseConnection(
  source: Source,
  { registry }: SourceRequest['repository'],
  { pullSecrets, transport }: TenantSecrets,
  request: Pick<RequestView, 'credentials'>,
): ConnectionChoice {
  if (!usesPlatformLogin(source, registry, pullSecrets.length > 0)) {
    return {
      connection: { kind: 'tenant', pullSecrets, transport: { ...transport, insecure: source.insecure ?? false } },
    };
  }
  const message = mixProblem(source, registry);
  if (message !== undefined) return { reason: 'NotAllowed', message };
  const credentials = readAwsCredentials(request);
  if (credentials === undefined) return { connection: { kind: 'platform', identity: { kind: 'own' } } };
  if ('problem' in credentials) return { reason: 'AuthFailed', message: credentials.problem };
  return { connection: { kind: 'platform', identity: { kind: 'keys', keys: credentials.identity } } };
}

/** The reason why a source cannot have a connection, as far as it is known before any Secret is read. */
export function connectionProblem(source: Source, { registry }: SourceRequest['repository']): string | undefined {
  if (source.provider === 'aws' && !isEcrHost(registry)) {
    return 'provider aws is for private ECR registries (ACCOUNT.dkr.ecr.REGION.amazonaws.com) only; use generic with a secretRef';
  }
  const mayBringLogin = source.secretRef !== undefined || source.serviceAccountName !== undefined;
  return usesPlatformLogin(source, registry, mayBringLogin) ? mixProblem(source, registry) : undefined;
}

/**
 * Networks that the connections of a source may lead to besides public ones. In a VPC, the name of an ECR registry may resolve to the private
 * address of an endpoint; AWS alone decides where these names lead. A proxy belongs to another party.
 */
export function networksOf(
  { proxySecretRef }: Source,
  { registry }: SourceRequest['repository'],
  { allowLocalAddresses, allowPrivateAddresses }: PackageCacheInput,
): SourceRequest['networks'] {
  const isEndpoint = isEcrHost(registry) && proxySecretRef === undefined;
  return { local: allowLocalAddresses, private: allowPrivateAddresses || isEndpoint };
}

/** A login that a claim brings comes before the platform's, which is for ECR only. */
function usesPlatformLogin({ provider }: Source, registry: string, bringsLogin: boolean): boolean {
  return !bringsLogin && isEcrHost(registry) && provider !== 'generic';
}

function mixProblem(source: Source, registry: string): string | undefined {
  const used = TRANSPORT_SETTINGS.filter((name) => source[name] !== undefined && source[name] !== false);
  if (used.length === 0) return undefined;
  return `the AWS login of the platform cannot be used together with ${used.join(', ')}; set secretRef to a Secret with a login for ${registry}, or remove ${used.join(', ')}`;
}

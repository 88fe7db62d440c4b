import { isEcrHost } from '../../../aws/registry-host.ts';
import type { Connection, SourceRequest, TenantTransport } from '../../../cache/artifacts/request.ts';
import type { RequestView } from '../../../protocol/request.ts';
import type { PackageCacheInput, Source } from '../../api/package-cache.ts';
import { readAwsCredentials } from './aws-credentials.ts';

/** The connection settings in Secrets of the claim's namespace. */
export interface TenantSecrets {
  readonly pullSecrets: Extract<Connection, { kind: 'tenant' }>['pullSecrets'];
  readonly transport: Omit<TenantTransport, 'insecure'>;
}

/** A connection, or the reason why a source cannot have one. */
export type ConnectionChoice =
  | { readonly connection: Connection }
  | { readonly reason: 'NotAllowed' | 'AuthFailed'; readonly message: string };

/** Settings by which a claim determines the connection to the registry. None can be combined with the platform's login. */
const TRANSPORT_SETTINGS = ['certSecretRef', 'proxySecretRef', 'insecure'] as const satisfies readonly (keyof Source)[];

/** Chooses the login for the registry of a source, and the connection. */
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

/** Returns the reason why a source cannot have a connection, if it is known before any Secret is read. */
export function connectionProblem(source: Source, { registry }: SourceRequest['repository']): string | undefined {
  if (source.provider === 'aws' && !isEcrHost(registry)) {
    return 'provider aws must only be used with private ECR registries (ACCOUNT.dkr.ecr.REGION.amazonaws.com); use generic with a secretRef';
  }
  const mayBringLogin = source.secretRef !== undefined || source.serviceAccountName !== undefined;
  return usesPlatformLogin(source, registry, mayBringLogin) ? mixProblem(source, registry) : undefined;
}

/**
 * Returns the networks that the connections of a source may use in addition to public ones. In a VPC, the name of an ECR registry may
 * resolve to the private address of an endpoint; only AWS controls the addresses of these names. A proxy belongs to another party.
 */
export function networksOf(
  { proxySecretRef }: Source,
  { registry }: SourceRequest['repository'],
  { allowLocalAddresses, allowPrivateAddresses }: PackageCacheInput,
): SourceRequest['networks'] {
  const isEndpoint = isEcrHost(registry) && proxySecretRef === undefined;
  return { local: allowLocalAddresses, private: allowPrivateAddresses || isEndpoint };
}

/** True when the platform's login is used, which is for ECR only. A login of the claim takes precedence. */
function usesPlatformLogin({ provider }: Source, registry: string, bringsLogin: boolean): boolean {
  return !bringsLogin && isEcrHost(registry) && provider !== 'generic';
}

function mixProblem(source: Source, registry: string): string | undefined {
  const used = TRANSPORT_SETTINGS.filter((name) => source[name] !== undefined && source[name] !== false);
  if (used.length === 0) return undefined;
  return `the AWS login of the platform cannot be used together with ${used.join(', ')}; set secretRef to a Secret with a login for ${registry}, or remove ${used.join(', ')}`;
}

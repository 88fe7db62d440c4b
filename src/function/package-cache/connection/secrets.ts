import type { SourceRequest, TenantTransport } from '../../../cache/artifacts/request.ts';
import { base64Bytes, utf8Text } from '../../../internal/bytes/bytes.ts';
import { printable, quote } from '../../../internal/quote.ts';
import { formatSize, KIB } from '../../../internal/size.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import { PUBLIC_GOOD_ROOT } from '../../../oci/signature/public-good-root.ts';
import type { ResourceSelector } from '../../../protocol/messages.ts';
import { itemsOf, type RequestView } from '../../../protocol/request.ts';
import { decodeStruct, type Projection, projection } from '../../../protocol/struct.ts';
import type { Bytes } from '../../../protocol/wire.ts';
import { objectName } from '../../api/checks.ts';
import type { PackageCacheInput } from '../../api/package-cache.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import type { SourcePlan } from '../plan.ts';
import type { TenantSecrets } from './connection.ts';

/** The connection settings in Secrets. */
export type Secrets =
  | {
      readonly kind: 'ready';
      readonly connection: TenantSecrets;
      readonly signers: SourceRequest['signers'];
    }
  /** Crossplane has not shown all of them yet. The reason is for when it never does. */
  | { readonly kind: 'waiting'; readonly reason: 'AuthFailed' | 'VerifyFailed'; readonly message: string }
  | { readonly kind: 'unusable'; readonly reason: 'AuthFailed' | 'VerifyFailed'; readonly message: string };

/** An object that a source requires. Without a namespace, it is in that of the claim. */
interface Needed {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Returns a required resource, encoded; undefined if Crossplane has not returned it yet, null if it does not exist. */
type Lookup = (needed: Needed) => Bytes | null | undefined;

/** The parts of an object to read, and its maximum size: tenants write these objects, and every call reads them. */
interface Reading {
  readonly wanted: true | Projection;
  readonly maxBytes: number;
}

const SERVICE_ACCOUNT: Reading = { wanted: projection({ imagePullSecrets: { name: true } }), maxBytes: 32 * KIB };
const PULL_SECRET = secretWith('.dockerconfigjson', '.dockercfg');
const CERTIFICATES = secretWith('ca.crt', 'tls.crt', 'tls.key');
const PROXY = secretWith('address', 'username', 'password');
const ROOT_KEY = 'trusted_root.json';
const ROOT = secretWith(ROOT_KEY);
/** The keys of public keys are arbitrary. */
const PUBLIC_KEYS: Reading = { wanted: true, maxBytes: 64 * KIB };
/** The maximum number of certificates in ca.crt. Public authorities are always trusted. */
const MAX_CERTIFICATES = 50;
/** The maximum number of pull secrets. Each is another object that Crossplane reads for every call. */
const MAX_PULL_SECRETS = 20;

function secretWith(...keys: readonly string[]): Reading {
  const data = Object.fromEntries(keys.map((key) => [key, true] as const));
  return { wanted: projection({ type: true, data }), maxBytes: 512 * KIB };
}

/** Thrown internally to stop at the first problem. */
class Unusable extends Error {
  override readonly name = 'Unusable';
  readonly outcome: Exclude<Secrets, { kind: 'ready' }>;

  constructor(outcome: Unusable['outcome']) {
    super(outcome.message);
    this.outcome = outcome;
  }
}

/** Reads the Secrets of a source, and adds to `required` the objects that Crossplane must pass in the next call. */
export function readSecrets(
  plan: SourcePlan,
  input: PackageCacheInput,
  { requiredResources, capabilities }: RequestView,
  required: Map<string, ResourceSelector>,
): Secrets {
  const lookup = lookupIn(plan, requiredResources, required);
  try {
    const { secretRef, serviceAccountName, certSecretRef, proxySecretRef, verify } = plan.source;
    const pullNames = [
      ...(secretRef ? [secretRef.name] : []),
      ...(serviceAccountName === undefined ? [] : pullSecretsOf(plan, serviceAccountName, lookup)),
    ];
    // All are requested before any is read, so that one more call is sufficient.
    const root = verify?.matchOIDCIdentity && rootOf(verify, input);
    for (const name of [...pullNames, certSecretRef?.name, proxySecretRef?.name, verify?.secretRef?.name]) {
      if (name !== undefined) lookup({ kind: 'Secret', name });
    }
    if (root !== undefined && 'kind' in root) lookup(root);
    const pullSecrets = pullNames.map((name) => {
      const secret = found(plan, lookup, { kind: 'Secret', name }, PULL_SECRET, 'AuthFailed');
      return { name, type: text(secret.type), data: dataOf(secret) };
    });
    return {
      kind: 'ready',
      connection: {
        pullSecrets,
        transport: {
          ...(certSecretRef && certificates(plan, certSecretRef.name, lookup)),
          ...(proxySecretRef && proxy(plan, proxySecretRef.name, lookup)),
        },
      },
      signers: verify && signersOf(plan, verify, root, lookup),
    };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const { outcome } = error;
    if (outcome.kind !== 'waiting' || capabilities !== undefined) return outcome;
    // Crossplane 2.0 and 2.1 call again immediately, with the object, and do not use this response. For v1, it is the final one.
    return { ...outcome, kind: 'unusable', message: `${outcome.message}; ${NOT_SHOWN}` };
  }
}

const NOT_SHOWN =
  "v1 does not pass namespaced objects to functions: remove these settings, and use ECR with the function's own AWS identity, a registry without a login, or Crossplane v2";

function lookupIn(
  { name: source, secretsNamespace }: SourcePlan,
  shown: RequestView['requiredResources'],
  required: Map<string, ResourceSelector>,
): Lookup {
  return ({ kind, name, namespace }) => {
    const key = [source, kind, ...(namespace === undefined ? [] : [namespace]), name].join('/');
    required.set(key, { apiVersion: 'v1', kind, matchName: name, namespace: namespace ?? secretsNamespace });
    const items = shown.get(key);
    if (items === undefined) return undefined;
    const [item] = itemsOf(items);
    return item ?? null;
  };
}

function found(
  { secretsNamespace }: SourcePlan,
  lookup: Lookup,
  needed: Needed,
  { wanted, maxBytes }: Reading,
  reason: 'AuthFailed' | 'VerifyFailed',
): JsonObject {
  const object = lookup(needed);
  const where = `${needed.kind} ${printable(needed.name)} in namespace ${needed.namespace ?? secretsNamespace}`;
  if (object === undefined)
    throw new Unusable({ kind: 'waiting', reason, message: `Waiting for Crossplane to return the ${where}` });
  if (object === null) throw unusable(`${where} not found`, reason);
  if (object.byteLength <= maxBytes) return decodeStruct(object, wanted);
  const size = `${formatSize(object.byteLength)}, the limit is ${formatSize(maxBytes)}`;
  throw unusable(`the ${where} has ${size}; use a smaller one`, reason);
}

function pullSecretsOf(plan: SourcePlan, name: string, lookup: Lookup): string[] {
  const account: Needed = { kind: 'ServiceAccount', name };
  const { imagePullSecrets } = found(plan, lookup, account, SERVICE_ACCOUNT, 'AuthFailed');
  const list = isList(imagePullSecrets) ? imagePullSecrets.filter(isObject) : [];
  const names = list.flatMap((reference) => text(reference.name) ?? []);
  const what = `the ServiceAccount ${printable(name)}`;
  if (names.length > MAX_PULL_SECRETS) {
    const why = `has ${names.length} imagePullSecrets, the limit is ${MAX_PULL_SECRETS}`;
    throw unusable(`${what} ${why}; name the one for this registry in secretRef`);
  }
  // Kubernetes accepts any text here.
  const bad = names.find((one) => !objectName.safeParse(one).success);
  if (bad === undefined) return names;
  throw unusable(`${what} has the invalid name ${quote(bad)} in imagePullSecrets: must be the name of a Secret`);
}

function certificates(
  plan: SourcePlan,
  name: string,
  lookup: Lookup,
): Pick<TenantTransport, 'ca' | 'clientCertificate'> {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, CERTIFICATES, 'AuthFailed'));
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((part) => decoded(data[part]));
  if ((cert === undefined) !== (key === undefined)) {
    throw unusable(
      `the Secret ${printable(name)} has only one of tls.crt and tls.key; a client certificate requires both`,
    );
  }
  if (ca === undefined && cert === undefined)
    throw unusable(`the Secret ${printable(name)} must have ca.crt, or tls.crt and tls.key`);
  if (ca !== undefined && ca.split('-----BEGIN ').length - 1 > MAX_CERTIFICATES) {
    throw unusable(`ca.crt of the Secret ${printable(name)} has more than ${MAX_CERTIFICATES} certificates`);
  }
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { clientCertificate: { cert, key } }),
  };
}

function proxy(plan: SourcePlan, name: string, lookup: Lookup): Pick<TenantTransport, 'proxy'> {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, PROXY, 'AuthFailed'));
  const [url, username, password] = ['address', 'username', 'password'].map((part) => decoded(data[part]));
  if (url === undefined) throw unusable(`the Secret ${printable(name)} must have the address of a proxy`);
  return { proxy: { url, ...(username !== undefined && { username }), ...(password !== undefined && { password }) } };
}

type Verify = NonNullable<SourcePlan['source']['verify']>;

function signersOf(
  plan: SourcePlan,
  { secretRef, matchOIDCIdentity }: Verify,
  root: Root | undefined,
  lookup: Lookup,
): SourceRequest['signers'] {
  if (secretRef !== undefined) return { keys: keysOf(plan, secretRef.name, lookup) };
  if (matchOIDCIdentity === undefined) return undefined;
  if (root === undefined) throw unusable(NO_ROOT, 'VerifyFailed');
  if ('json' in root) return { identities: matchOIDCIdentity, trustedRoot: root.json };
  const object = found(plan, lookup, root, ROOT, 'VerifyFailed');
  const text = root.kind === 'Secret' ? decoded(dataOf(object)[ROOT_KEY]) : dataOf(object)[ROOT_KEY];
  if (text !== undefined) return { identities: matchOIDCIdentity, trustedRoot: text };
  throw unusable(`the ${root.kind} ${printable(root.name)} must have the key ${ROOT_KEY}`, 'VerifyFailed');
}

const NO_ROOT =
  "verify.matchOIDCIdentity requires a trusted root of sigstore; set verify.trustedRootSecretRef, or packageCache.trustedRoot in the Composition's input";

/** The object with the trusted root, or the built-in one. */
type Root = Needed | typeof PUBLIC_GOOD_ROOT;

function rootOf({ trustedRootSecretRef }: Verify, { trustedRoot, namespace }: PackageCacheInput): Root | undefined {
  if (trustedRootSecretRef !== undefined) return { kind: 'Secret', name: trustedRootSecretRef.name };
  if (trustedRoot?.kind === 'PublicGood') return PUBLIC_GOOD_ROOT;
  if (trustedRoot?.name === undefined) return undefined;
  return { kind: trustedRoot.kind, name: trustedRoot.name, namespace: trustedRoot.namespace ?? namespace };
}

function keysOf(plan: SourcePlan, name: string, lookup: Lookup): { readonly name: string; readonly pem: string }[] {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, PUBLIC_KEYS, 'VerifyFailed'));
  const names = Object.keys(data).filter((key) => key.endsWith('.pub'));
  if (names.length > 0) return names.sort().map((key) => ({ name: key, pem: decoded(data[key]) ?? '' }));
  throw unusable(`the Secret ${printable(name)} must have public keys in entries that end with .pub`, 'VerifyFailed');
}

function unusable(message: string, reason: 'AuthFailed' | 'VerifyFailed' = 'AuthFailed'): Unusable {
  return new Unusable({ kind: 'unusable', reason, message });
}

function dataOf(secret: JsonObject): Record<string, string> {
  const entries = Object.entries(objectAt(secret, 'data'));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : utf8Text(base64Bytes(base64));
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

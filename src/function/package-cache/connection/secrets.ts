import type { SourceRequest, TenantTransport } from '../../../cache/artifacts/request.ts';
import { base64Bytes, utf8Text } from '../../../internal/bytes/bytes.ts';
import { printable } from '../../../internal/quote.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import type { ResourceSelector } from '../../../protocol/messages.ts';
import { itemsOf, type RequestView } from '../../../protocol/request.ts';
import { decodeStruct } from '../../../protocol/struct.ts';
import type { PackageCacheInput } from '../../api/package-cache.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import type { SourcePlan } from '../plan.ts';
import type { TenantSecrets } from './connection.ts';

/** The connection settings that Secrets hold. */
export type Secrets =
  | {
      readonly kind: 'ready';
      readonly connection: TenantSecrets;
      readonly signers: SourceRequest['signers'];
    }
  /** Crossplane has not shown all of them yet. */
  | { readonly kind: 'waiting'; readonly message: string }
  | { readonly kind: 'unusable'; readonly reason: 'AuthFailed' | 'VerifyFailed'; readonly message: string };

/** An object that a source needs; without a namespace, it is in that of the claim. */
interface Needed {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Gets a resource that was required: undefined when it is not known yet, null when it is not there. */
type Lookup = (needed: Needed) => JsonObject | null | undefined;

/** Internal control flow: stops at the first problem. */
class Unusable extends Error {
  override readonly name = 'Unusable';
  readonly outcome: Exclude<Secrets, { kind: 'ready' }>;

  constructor(outcome: Unusable['outcome']) {
    super(outcome.message);
    this.outcome = outcome;
  }
}

/** Reads the Secrets of a source, and adds to `required` what Crossplane is to show in the next call. */
export function readSecrets(
  plan: SourcePlan,
  input: PackageCacheInput,
  shown: RequestView['requiredResources'],
  required: Map<string, ResourceSelector>,
): Secrets {
  const lookup = lookupIn(plan, shown, required);
  try {
    const { secretRef, serviceAccountName, certSecretRef, proxySecretRef, verify } = plan.source;
    const pullNames = [
      ...(secretRef ? [secretRef.name] : []),
      ...(serviceAccountName === undefined ? [] : pullSecretsOf(plan, serviceAccountName, lookup)),
    ];
    // All are asked for before any is looked at, so that one call more is enough.
    const root = verify?.matchOIDCIdentity && rootOf(verify, input);
    for (const name of [...pullNames, certSecretRef?.name, proxySecretRef?.name, verify?.secretRef?.name]) {
      if (name !== undefined) lookup({ kind: 'Secret', name });
    }
    if (root !== undefined) lookup(root);
    const pullSecrets = pullNames.map((name) => {
      const secret = found(plan, lookup, { kind: 'Secret', name }, 'AuthFailed');
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
    if (error instanceof Unusable) return error.outcome;
    throw error;
  }
}

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
    return item === undefined ? null : decodeStruct(item);
  };
}

function found(
  { secretsNamespace }: SourcePlan,
  lookup: Lookup,
  needed: Needed,
  reason: 'AuthFailed' | 'VerifyFailed',
): JsonObject {
  const object = lookup(needed);
  const where = `${needed.kind} ${printable(needed.name)} in namespace ${needed.namespace ?? secretsNamespace}`;
  if (object === undefined)
    throw new Unusable({ kind: 'waiting', message: `Waiting for Crossplane to show the ${where}` });
  if (object === null) throw new Unusable({ kind: 'unusable', reason, message: `the ${where} is not there` });
  return object;
}

function pullSecretsOf(plan: SourcePlan, name: string, lookup: Lookup): string[] {
  const { imagePullSecrets } = found(plan, lookup, { kind: 'ServiceAccount', name }, 'AuthFailed');
  const list = isList(imagePullSecrets) ? imagePullSecrets.filter(isObject) : [];
  return list.flatMap((reference) => text(reference.name) ?? []);
}

function certificates(
  plan: SourcePlan,
  name: string,
  lookup: Lookup,
): Pick<TenantTransport, 'ca' | 'clientCertificate'> {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, 'AuthFailed'));
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((part) => decoded(data[part]));
  if ((cert === undefined) !== (key === undefined)) {
    throw unusable(
      `the Secret ${printable(name)} has only one of tls.crt and tls.key; a certificate to show needs both`,
    );
  }
  if (ca === undefined && cert === undefined)
    throw unusable(`the Secret ${printable(name)} has neither ca.crt nor tls.crt and tls.key`);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { clientCertificate: { cert, key } }),
  };
}

function proxy(plan: SourcePlan, name: string, lookup: Lookup): Pick<TenantTransport, 'proxy'> {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, 'AuthFailed'));
  const [url, username, password] = ['address', 'username', 'password'].map((part) => decoded(data[part]));
  if (url === undefined) throw unusable(`the Secret ${printable(name)} has no address of a proxy`);
  return { proxy: { url, ...(username !== undefined && { username }), ...(password !== undefined && { password }) } };
}

type Verify = NonNullable<SourcePlan['source']['verify']>;

function signersOf(
  plan: SourcePlan,
  { secretRef, matchOIDCIdentity }: Verify,
  root: Needed | undefined,
  lookup: Lookup,
): SourceRequest['signers'] {
  if (secretRef !== undefined) return { keys: keysOf(plan, secretRef.name, lookup) };
  if (matchOIDCIdentity === undefined) return undefined;
  if (root === undefined) throw unusable(NO_ROOT, 'VerifyFailed');
  const object = found(plan, lookup, root, 'VerifyFailed');
  const text = root.kind === 'Secret' ? decoded(dataOf(object)[ROOT_KEY]) : dataOf(object)[ROOT_KEY];
  if (text !== undefined) return { identities: matchOIDCIdentity, trustedRoot: text };
  throw unusable(`the ${root.kind} ${printable(root.name)} has no key ${ROOT_KEY}`, 'VerifyFailed');
}

const ROOT_KEY = 'trusted_root.json';
const NO_ROOT =
  "verify.matchOIDCIdentity needs a trusted root of sigstore; set verify.trustedRootSecretRef, or have packageCache.trustedRoot set in the Composition's input";

function rootOf({ trustedRootSecretRef }: Verify, { trustedRoot, namespace }: PackageCacheInput): Needed | undefined {
  if (trustedRootSecretRef !== undefined) return { kind: 'Secret', name: trustedRootSecretRef.name };
  return trustedRoot && { ...trustedRoot, namespace: trustedRoot.namespace ?? namespace };
}

function keysOf(plan: SourcePlan, name: string, lookup: Lookup): { readonly name: string; readonly pem: string }[] {
  const data = dataOf(found(plan, lookup, { kind: 'Secret', name }, 'VerifyFailed'));
  const names = Object.keys(data).filter((key) => key.endsWith('.pub'));
  if (names.length > 0) return names.sort().map((key) => ({ name: key, pem: decoded(data[key]) ?? '' }));
  throw unusable(`the Secret ${printable(name)} holds no public key: none of its keys ends in .pub`, 'VerifyFailed');
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

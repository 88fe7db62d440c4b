import { concatBytes, utf8Bytes } from '../internal/bytes/bytes.ts';
import { sha1, sha256, sha256Hex } from '../internal/bytes/hash.ts';

const MAX_NAME_LENGTH = 63;
const HASH_LENGTH = 12;

/**
 * Returns the name that Crossplane gives a composed resource: the prefix, a hyphen unless the prefix ends with one, and 12 hexadecimal
 * digits of the SHA-256 of the owner's UID and the composed resource name. The prefix is truncated so that the name has at most 63
 * characters.
 */
export function childName(prefix: string, ownerUid: string, composedName: string): string {
  const hash = sha256Hex(ownerUid + composedName).slice(0, HASH_LENGTH);
  const parent = prefix === '' || prefix.endsWith('-') ? prefix : `${prefix}-`;
  if (parent.length + HASH_LENGTH <= MAX_NAME_LENGTH) return parent + hash;
  const cut = parent.slice(0, MAX_NAME_LENGTH - HASH_LENGTH);
  return (cut.endsWith('-') ? cut : `${cut.slice(0, -1)}-`) + hash;
}

/** Returns the UID that Crossplane's render gives a composite without a UID: the version 5 UUID (RFC 9562, nil namespace) of its identity. */
export function compositeUid(group: string, version: string, kind: string, namespace: string, name: string): string {
  const named = utf8Bytes(`${group}/${version}, Kind=${kind}\0${namespace}\0${name}`);
  const bytes = sha1(concatBytes([new Uint8Array(16), named])).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// The alphabet of Kubernetes' generated names, without vowels and digits that look like letters.
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** Generates a name as Kubernetes does: `prefix`, truncated if necessary, and five characters, which `seed` determines. */
export function generatedName(prefix: string, seed: string): string {
  const hash = sha256(seed);
  const suffix = [...hash.subarray(0, SUFFIX_LENGTH)].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]);
  return prefix.slice(0, MAX_NAME_LENGTH - SUFFIX_LENGTH) + suffix.join('');
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const RBAC_KINDS: ReadonlySet<string> = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

/** True when Crossplane accepts the name of a resource: an RFC 1123 subdomain, which may contain colons for RBAC kinds. */
export function isValidName(name: string, group: string, kind: string): boolean {
  const checked = group === 'rbac.authorization.k8s.io' && RBAC_KINDS.has(kind) ? name.replaceAll(':', '') : name;
  return checked.length <= 253 && SUBDOMAIN.test(checked);
}

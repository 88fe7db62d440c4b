import { quote } from '../../internal/quote.ts';
import { isOciError, parseReference } from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { entryNameOf, isEntryName, isSourceUnder } from '../sets/cache-name.ts';
import type { SetManifest } from '../sets/manifest.ts';

/** The trust in content: `full` takes precedence over `prefix` for a file name. */
export type Trust = 'full' | 'prefix';

/** A namespace whose ConfigMaps are loaded. */
export interface TrustedNamespace {
  readonly namespace: string;
  /** `HOST[:PORT][/PATH]`: the ConfigMaps may only contain artifacts at or below these. Undefined: they may contain any. */
  readonly prefixes?: readonly string[] | undefined;
}

// RFC 1123 labels. A name such as ".." would change the path of a request.
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PREFIX = /^[a-zA-Z0-9][a-zA-Z0-9.-]{0,252}(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const MAX_PREFIX_LENGTH = 1_024;

/**
 * Parses the values of --namespace (`NS`) and --trust (`NS=PREFIX[,PREFIX]`; several for one namespace are combined). Fully trusted
 * namespaces come first. Throws `INVALID_OPTION`.
 */
export function parseTrust(full: readonly string[], grants: readonly string[]): TrustedNamespace[] {
  const limited = new Map<string, string[]>();
  for (const grant of grants) {
    const equals = grant.indexOf('=');
    if (equals < 0) throw invalid('--trust', grant, 'must be NAMESPACE=HOST/PREFIX[,HOST/PREFIX]');
    const namespace = checkNamespace('--trust', grant.slice(0, equals));
    const prefixes = grant
      .slice(equals + 1)
      .split(',')
      .map(parsePrefix);
    limited.set(namespace, [...new Set([...(limited.get(namespace) ?? []), ...prefixes])]);
  }
  const all = [...new Set(full.map((namespace) => checkNamespace('--namespace', namespace)))];
  const both = all.find((namespace) => limited.has(namespace));
  if (both !== undefined) {
    throw invalid(
      '--trust',
      both,
      'must not name a namespace that --namespace names: that one is trusted for all sources',
    );
  }
  return [
    ...all.map((namespace) => ({ namespace })),
    ...[...limited].map(([namespace, prefixes]) => ({ namespace, prefixes })),
  ];
}

/** Returns the trust in a namespace. */
export function trustOf({ prefixes }: TrustedNamespace): Trust {
  return prefixes === undefined ? 'full' : 'prefix';
}

/**
 * Throws `UNTRUSTED` if a namespace is not allowed to provide the content of a manifest. The digest of an image cannot be computed from the
 * file in a set, so the source decides, and the file must have the name that Crossplane gives the artifact's file.
 */
export function checkTrust(manifest: SetManifest, { namespace, prefixes }: TrustedNamespace, set: string): void {
  if (prefixes === undefined) return;
  const refuse = (why: string) => new CacheError('UNTRUSTED', `cannot use ${set} in namespace ${namespace}: ${why}`);
  const { artifact, file } = manifest;
  if (artifact === undefined) throw refuse('its manifest names no artifact; --trust needs one to compare');
  if (!isReference(`${artifact.source}@${artifact.digest}`)) throw refuse('its artifact is not a valid reference');
  if (!prefixes.some((prefix) => isSourceUnder(artifact.source, prefix))) {
    throw refuse(`its source ${quote(artifact.source, 100)} must be below ${listed(prefixes)}`);
  }
  const entry = entryNameOf(artifact);
  if (file !== entry && !isOtherContentOf(entry, file)) {
    throw refuse(`its file ${file} must be named ${entry}, after its artifact`);
  }
}

/** True for the name of an image or layer: that of the entry with a suffix, which Crossplane never looks up. */
function isOtherContentOf(entry: string, file: string): boolean {
  const key = entry.slice(0, -'.gz'.length);
  return file.startsWith(key) && /^[.-]/.test(file.slice(key.length)) && !isEntryName(file);
}

function listed(prefixes: readonly string[]): string {
  const shown = prefixes.slice(0, 3).map((prefix) => prefix.slice(0, 100));
  return `${shown.join(' or ')}${prefixes.length > shown.length ? ' or others' : ''}`;
}

function checkNamespace(option: string, text: string): string {
  if (NAMESPACE.test(text)) return text;
  throw invalid(option, text, 'must be the name of a namespace: lower-case letters, digits and dashes');
}

function parsePrefix(text: string): string {
  const prefix = text.replace(/\/$/, '');
  if (prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix)) return prefix;
  throw invalid('--trust', text, 'must be HOST[:PORT] or HOST[:PORT]/PATH, without a scheme, tag or wildcard');
}

function isReference(text: string): boolean {
  try {
    parseReference(text, 'strict');
    return true;
  } catch (error) {
    if (!isOciError(error)) throw error;
    return false;
  }
}

function invalid(option: string, value: string, why: string): CacheError {
  return new CacheError('INVALID_OPTION', `invalid ${option} ${quote(value, 100)}: it ${why}`);
}

import { OciError, quote } from '../errors.ts';
import { type Digest, parseDigest } from './digest.ts';

/** A repository in a registry. */
export interface Repository {
  /** The host, with the port if there is one: `registry.example.com:5000`. Docker Hub is `index.docker.io`. */
  readonly registry: string;
  /** The path in the registry, without a leading slash. */
  readonly repository: string;
}

/** A reference to a manifest or, without a tag and digest, to a repository. A digest takes precedence over a tag. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The registry of names without one: Docker Hub. */
export const DEFAULT_REGISTRY = 'index.docker.io';
/** The tag of weak references without a tag and digest. */
export const DEFAULT_TAG = 'latest';

// distribution-spec v1.1.0, "Pulling manifests": the grammars of <name> and <reference>. The separators cannot match the characters
// around them, so neither expression backtracks.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST =
  /^([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:.]+\])(?::([0-9]{1,5}))?$/;
const MAX_NAME_LENGTH = 255;
const MAX_REFERENCE_LENGTH = 1024;

/**
 * Parses `[registry/]repository[:tag][@digest]`. Weak parsing has Docker's defaults: Docker Hub, `library/` and, if there is neither a tag
 * nor a digest, `latest`. Strict parsing requires a registry, the whole repository, and a tag or a digest. Throws `INVALID_REFERENCE` or
 * `INVALID_DIGEST`.
 */
export function parseReference(text: string, mode: 'weak' | 'strict' = 'weak'): Reference {
  const { name, tag, digest } = splitReference(text);
  if (mode === 'strict' && !hasRegistry(name))
    throw invalid(text, 'must begin with a registry, such as registry.example.com/');
  if (mode === 'strict' && tag === undefined && digest === undefined)
    throw invalid(text, 'must have a tag or a digest');
  if (mode === 'strict') checkStrictName(text, name);
  const repository = parseName(text, name);
  if (digest !== undefined) return tag === undefined ? { ...repository, digest } : { ...repository, tag, digest };
  return { ...repository, tag: tag ?? DEFAULT_TAG };
}

/** Parses `[registry/]repository`, without a tag or digest. Throws `INVALID_REFERENCE`. */
export function parseRepository(text: string): Repository {
  const { name, tag, digest } = splitReference(text);
  if (digest === undefined && !name.includes('/') && /^\d+$/.test(tag ?? ''))
    throw invalid(text, 'names only a registry; must be REGISTRY/REPOSITORY');
  if (tag !== undefined || digest !== undefined) throw invalid(text, 'must be a repository without a tag or digest');
  return parseName(text, name);
}

/** Formats a reference in its full form, which {@link parseReference} parses to the same value. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** Returns the identifier of a reference in requests: the digest, else the tag, else `latest`. */
export function referenceIdentifier(reference: Reference): string {
  return reference.digest ?? reference.tag ?? DEFAULT_TAG;
}

/** True when `text` is a tag of at most 128 characters. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** True when `text` is a host name or address, with or without a port, that means the same host in a URL. */
export function isRegistry(text: string): boolean {
  return registryProblem(text) === undefined;
}

function registryProblem(text: string): string | undefined {
  const match = text.length <= MAX_NAME_LENGTH ? HOST.exec(text) : null;
  if (match === null || Number(match[2] ?? 0) > 65_535) return 'must be a host name, with or without a port';
  const [, host = ''] = match;
  // Requests go to a URL. In URLs, names that end in a number are IPv4 addresses, such as 127.1 for 127.0.0.1, and some other names are
  // invalid (WHATWG URL, "host parser"). An address in brackets is the same in every spelling.
  if (!URL.canParse(`https://${host}/`)) return 'must be a valid host of a URL';
  const { hostname } = new URL(`https://${host}/`);
  if (host.startsWith('[') || hostname === host.toLowerCase()) return undefined;
  return `means ${hostname} in a URL; use that instead`;
}

function splitReference(text: string): { name: string; tag: string | undefined; digest: Digest | undefined } {
  if (text.length > MAX_REFERENCE_LENGTH) throw invalid(text, `must have at most ${MAX_REFERENCE_LENGTH} characters`);
  // References of skopeo begin with docker://, those of helm with oci://.
  const [scheme] = /^[a-z]+:\/\//i.exec(text) ?? [];
  if (scheme !== undefined) throw invalid(text, `must not begin with the scheme ${quote(scheme)}`);
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  const rest = at < 0 ? text : text.slice(0, at);
  // A colon before the last slash precedes the registry's port.
  const colon = rest.lastIndexOf(':');
  if (colon <= rest.lastIndexOf('/')) return { name: rest, tag: undefined, digest };
  const tag = rest.slice(colon + 1);
  if (!isTag(tag)) throw invalid(text, `invalid tag ${quote(tag)}: must be 1 to 128 letters, digits, "_", "-" or "."`);
  return { name: rest.slice(0, colon), tag, digest };
}

/** True when a reference begins with a registry, false when it means Docker Hub. */
export function hasRegistry(name: string): boolean {
  const slash = name.indexOf('/');
  return slash > 0 && /[.:]|^localhost$/.test(name.slice(0, slash));
}

/** Rejects names that go-containerregistry v0.21 rejects, which Crossplane parses package names with. */
function checkStrictName(text: string, name: string): void {
  const slash = name.indexOf('/');
  const host = name.slice(0, slash);
  const repository = name.slice(slash + 1);
  if (repository.length === 1) throw invalid(text, 'Crossplane requires repositories of at least two characters');
  if (isHub(host) && !repository.includes('/'))
    throw invalid(text, `must name the whole repository: ${host}/library/${repository}`);
}

function isHub(host: string): boolean {
  return host === 'docker.io' || host === DEFAULT_REGISTRY;
}

function parseName(text: string, name: string): Repository {
  if (!hasRegistry(name)) return checkName(text, DEFAULT_REGISTRY, name.includes('/') ? name : `library/${name}`);
  const slash = name.indexOf('/');
  const host = name.slice(0, slash);
  const repository = name.slice(slash + 1);
  if (!isHub(host)) return checkName(text, host, repository);
  return checkName(text, DEFAULT_REGISTRY, repository.includes('/') ? repository : `library/${repository}`);
}

function checkName(text: string, registry: string, repository: string): Repository {
  const problem = registryProblem(registry);
  if (problem !== undefined) throw invalid(text, `invalid registry ${quote(registry)}: ${problem}`);
  if (repository.length > MAX_NAME_LENGTH)
    throw invalid(text, `the repository must have at most ${MAX_NAME_LENGTH} characters`);
  if (!REPOSITORY.test(repository)) {
    throw invalid(
      text,
      `invalid repository ${quote(repository)}: must be lower-case letters and digits, in parts joined by "/", ".", "_" or "-"`,
    );
  }
  return { registry, repository };
}

function invalid(text: string, why: string): OciError {
  return new OciError('INVALID_REFERENCE', `invalid image reference ${quote(text)}: ${why}`);
}

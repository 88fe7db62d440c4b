import { compileFileMatch } from '../../go/file-match.ts';
import { trimEnd } from '../../internal/trim.ts';
import { quote } from '../errors.ts';
import { DEFAULT_REGISTRY, type Repository } from '../name/reference.ts';
import { type AuthEntry, entryCredentials } from './auth-entry.ts';
import type { Credentials } from './credentials.ts';

/** The part of a registry that a key of `auths` means. */
interface LoginScope {
  /** The host and port as written, `index.docker.io` for `docker.io`. */
  readonly registry: string;
  /** Begins with a slash where it is not empty. */
  readonly path: string;
}

/** A login, the key that it is under, and the file or Secret that has it. */
export interface KeyedLogin {
  readonly key: string;
  readonly entry: AuthEntry;
  readonly where: string;
}

type Candidate = KeyedLogin & LoginScope;

/** The rule by which a login is for a repository, and the order of several. */
export interface LoginRule {
  readonly matches: (scope: LoginScope, repository: Repository) => boolean;
  readonly compare: (a: Candidate, b: Candidate) => number;
}

/** As podman and docker look into their files: a path means whole segments, and the longest comes first. */
export const FILE_RULE: LoginRule = {
  matches({ registry, path }, repository) {
    return registry === repository.registry && `/${repository.repository}/`.startsWith(`${trimEnd(path, '/')}/`);
  },
  compare: (a, b) => b.path.length - a.path.length || Number(isUsual(b)) - Number(isUsual(a)),
};

/**
 * As the keyring that Crossplane uses looks into pull secrets (go-containerregistry v0.21, pkg/authn/kubernetes): ports are equal, each label
 * of the host matches as a pattern of Go's filepath.Match, and the path begins the repository's as a plain string. Of several, the last in byte
 * order comes first.
 */
export const PULL_SECRET_RULE: LoginRule = {
  matches({ registry, path }, repository) {
    return hostMatches(registry, repository.registry) && `/${repository.repository}`.startsWith(path);
  },
  compare: (a, b) => Buffer.compare(sortedBy(b), sortedBy(a)),
};

/** The login for a repository: the first by the rule that is not empty, or undefined. Throws `INVALID_CREDENTIALS` where it cannot be used. */
export function findLogin(
  logins: readonly KeyedLogin[],
  repository: Repository,
  { matches, compare }: LoginRule,
): Credentials | undefined {
  const matching = logins
    .map((login) => ({ ...login, ...loginScope(login.key) }))
    .filter((candidate) => matches(candidate, repository))
    .sort(compare);
  for (const { key, entry, where } of matching) {
    const credentials = entryCredentials(entry, `${where}, entry ${quote(key)}`);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** Reads a key of `auths`: `HOST`, `HOST/`, `HOST/v2/` and `https://HOST/v1/` mean a registry, `HOST/PATH` and `HOST/v2/PATH` a part of it. */
export function loginScope(key: string): LoginScope {
  const [, authority = '', rest = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  const path = rest.replace(/^\/v[12](?=\/|$)/, '');
  return { registry: authority === 'docker.io' ? DEFAULT_REGISTRY : authority, path: path === '/' ? '' : path };
}

/** The key under which docker keeps the login for a registry. */
export function keyOf(registry: string): string {
  return registry === DEFAULT_REGISTRY ? 'https://index.docker.io/v1/' : registry;
}

/** True for the form of a key that docker and podman write; others are of older programs. */
function isUsual({ key, registry, path }: Candidate): boolean {
  return key === keyOf(registry) || key === registry + path;
}

function sortedBy({ registry, path }: LoginScope): Buffer {
  return Buffer.from(registry + path);
}

function hostMatches(pattern: string, registry: string): boolean {
  const [patternHost, patternPort] = splitPort(pattern);
  const [host, port] = splitPort(registry);
  if (patternPort !== port) return false;
  const patterns = patternHost.toLowerCase().split('.');
  const labels = host.toLowerCase().split('.');
  return (
    patterns.length === labels.length &&
    patterns.every((label, index) => compileFileMatch(label)?.(labels[index] ?? ''))
  );
}

function splitPort(authority: string): [host: string, port: string] {
  const port = /:(\d+)$/.exec(authority)?.[1] ?? '';
  return [port === '' ? authority : authority.slice(0, -port.length - 1), port];
}

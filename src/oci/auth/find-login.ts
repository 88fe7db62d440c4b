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

/** A login that is for a repository; `rank` is the place of the reading of its key by which it is. */
type Candidate = KeyedLogin & LoginScope & { readonly rank: number };

/** The rule by which a login is for a repository, and the order of several. */
export interface LoginRule {
  /** The readings of a key, the surest first. A login by a surer reading comes before others. */
  readonly scopesOf: (key: string) => readonly LoginScope[];
  readonly matches: (scope: LoginScope, repository: Repository) => boolean;
  readonly compare: (a: Candidate, b: Candidate) => number;
}

/** The names of Docker Hub's logins and of its server: podman takes one for the other. */
const HUB_HOSTS: readonly string[] = [DEFAULT_REGISTRY, 'registry-1.docker.io'];

/**
 * As podman and docker look into their files: a URL means its registry, whatever its path; another key's path means whole segments, and the
 * longest comes first.
 */
export const FILE_RULE: LoginRule = {
  scopesOf(key) {
    const scope = fileScope(key);
    const others = HUB_HOSTS.filter((host) => HUB_HOSTS.includes(scope.registry) && host !== scope.registry);
    return [scope, ...others.map((registry) => ({ ...scope, registry }))];
  },
  matches({ registry, path }, repository) {
    return registry === repository.registry && `/${repository.repository}/`.startsWith(`${trimEnd(path, '/')}/`);
  },
  compare: (a, b) => b.path.length - a.path.length || Number(isUsual(b)) - Number(isUsual(a)),
};

/**
 * As the keyring that Crossplane uses looks into pull secrets (go-containerregistry v0.21, pkg/authn/kubernetes): ports are equal, each label
 * of the host matches as a pattern of Go's filepath.Match, and the path begins the repository's as a plain string. Of several, the last in byte
 * order comes first. Where it finds none, `docker.io` and `HOST/v2` are what they are in files.
 */
export const PULL_SECRET_RULE: LoginRule = {
  scopesOf: (key) => [keyringScope(key), loginScope(key)],
  matches({ registry, path }, repository) {
    return hostMatches(registry, repository.registry) && `/${repository.repository}`.startsWith(path);
  },
  compare: (a, b) => Buffer.compare(sortedBy(b), sortedBy(a)),
};

/** The login for a repository: the first by the rule that is not empty, or undefined. Throws `INVALID_CREDENTIALS` where it cannot be used. */
export function findLogin(
  logins: readonly KeyedLogin[],
  repository: Repository,
  { scopesOf, matches, compare }: LoginRule,
): Credentials | undefined {
  const matching = logins
    .flatMap((login): Candidate[] => {
      const scopes = scopesOf(login.key);
      const rank = scopes.findIndex((scope) => matches(scope, repository));
      const scope = scopes[rank];
      return scope === undefined ? [] : [{ ...login, ...scope, rank }];
    })
    .sort((a, b) => a.rank - b.rank || compare(a, b));
  for (const { key, entry, where } of matching) {
    const credentials = entryCredentials(entry, `${where}, entry ${quote(key)}`);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** Reads a key of `auths` in a file: a URL means its registry, whatever its path. */
export function fileScope(key: string): LoginScope {
  const scope = loginScope(key);
  return /^https?:\/\//.test(key) ? { ...scope, path: '' } : scope;
}

/** Reads a key of `auths`: `HOST`, `HOST/`, `HOST/v2/` and `https://HOST/v1/` mean a registry, `HOST/PATH` and `HOST/v2/PATH` a part of it. */
function loginScope(key: string): LoginScope {
  const [authority, rest] = splitKey(key);
  const path = rest.replace(/^\/v[12](?=\/|$)/, '');
  return { registry: authority === 'docker.io' ? DEFAULT_REGISTRY : authority, path: path === '/' ? '' : path };
}

/** Reads a key as the keyring does: `/v1` and `/v2` are cut off before a slash only, and Docker Hub has one name. */
function keyringScope(key: string): LoginScope {
  const [registry, rest] = splitKey(key);
  const path = rest.replace(/^\/v[12](?=\/)/, '');
  return { registry, path: path === '/' ? '' : path };
}

function splitKey(key: string): [authority: string, rest: string] {
  const [, authority = '', rest = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  return [authority, rest];
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

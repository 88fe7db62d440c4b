import { compileFileMatch } from '../../go/file-match.ts';
import { trimEnd } from '../../internal/trim.ts';
import { quote } from '../errors.ts';
import { DEFAULT_REGISTRY, type Repository } from '../name/reference.ts';
import { type AuthEntry, entryCredentials } from './auth-entry.ts';
import type { Credentials } from './credentials.ts';

/** The part of a registry that a key of `auths` applies to. */
interface LoginScope {
  /** The host and port of the key; `index.docker.io` for `docker.io`. */
  readonly registry: string;
  /** Empty for the whole registry, else a path that begins with a slash. */
  readonly path: string;
}

/** A login with its key in `auths` and the file or Secret that contains it. */
export interface KeyedLogin {
  readonly key: string;
  readonly entry: AuthEntry;
  readonly where: string;
}

/** A login that applies to a repository. `rank` is the index of the scope that matches, among the scopes of its key. */
type Candidate = KeyedLogin & LoginScope & { readonly rank: number };

/** A rule that decides which logins apply to a repository, and which of them takes precedence. */
export interface LoginRule {
  /** Lists the scopes that a key can mean. A login with a match earlier in this list takes precedence. */
  readonly scopesOf: (key: string) => readonly LoginScope[];
  readonly matches: (scope: LoginScope, repository: Repository) => boolean;
  readonly compare: (a: Candidate, b: Candidate) => number;
}

/** The names of Docker Hub in logins and of its server, which podman treats as equal. */
const HUB_HOSTS: readonly string[] = [DEFAULT_REGISTRY, 'registry-1.docker.io'];

/**
 * The rule of podman and docker for their files: a URL applies to its registry and the path of the URL is ignored; the path of another key
 * matches whole segments, and the longest path takes precedence.
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
  compare: (a, b) => b.path.length - a.path.length || Number(isCanonical(b)) - Number(isCanonical(a)),
};

/**
 * The rule of Crossplane's keyring for pull secrets (go-containerregistry v0.21, pkg/authn/kubernetes): ports are equal, each label of the
 * host matches as a pattern of Go's filepath.Match, and the path is a string prefix of the repository's. The key that is last in byte order
 * takes precedence. If no key matches, `docker.io` and `HOST/v2` have the same meaning as in files.
 */
export const PULL_SECRET_RULE: LoginRule = {
  scopesOf: (key) => [keyringScope(key), loginScope(key)],
  matches({ registry, path }, repository) {
    return hostMatches(registry, repository.registry) && `/${repository.repository}`.startsWith(path);
  },
  compare: (a, b) => Buffer.compare(sortedBy(b), sortedBy(a)),
};

/** Returns the first login for a repository by the rule that is not empty, or undefined. Throws `INVALID_CREDENTIALS` if it is invalid. */
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

/** Parses a key of `auths` in a file. A URL means its registry; the path is ignored. */
export function fileScope(key: string): LoginScope {
  const scope = loginScope(key);
  return /^https?:\/\//.test(key) ? { ...scope, path: '' } : scope;
}

/** Parses a key of `auths`: `HOST`, `HOST/`, `HOST/v2/` and `https://HOST/v1/` mean a registry, `HOST/PATH` and `HOST/v2/PATH` a part of it. */
function loginScope(key: string): LoginScope {
  const [authority, rest] = splitKey(key);
  const path = rest.replace(/^\/v[12](?=\/|$)/, '');
  return { registry: authority === 'docker.io' ? DEFAULT_REGISTRY : authority, path: path === '/' ? '' : path };
}

/** Parses a key as the keyring does: `/v1` and `/v2` are removed only before a slash, and Docker Hub has one name. */
function keyringScope(key: string): LoginScope {
  const [registry, rest] = splitKey(key);
  const path = rest.replace(/^\/v[12](?=\/)/, '');
  return { registry, path: path === '/' ? '' : path };
}

function splitKey(key: string): [authority: string, rest: string] {
  const [, authority = '', rest = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  return [authority, rest];
}

/** Returns the key that docker stores the login for a registry under. */
export function keyOf(registry: string): string {
  return registry === DEFAULT_REGISTRY ? 'https://index.docker.io/v1/' : registry;
}

/** True for the form of a key that docker and podman write. Older programs write others. */
function isCanonical({ key, registry, path }: Candidate): boolean {
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

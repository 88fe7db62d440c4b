import * as z from 'zod/mini';
import { compileFileMatch } from '../../go/file-match.ts';
import { quote } from '../../internal/quote.ts';
import { formatSize, KIB } from '../../internal/size.ts';
import { OciError } from '../errors.ts';
import { DEFAULT_REGISTRY, type Repository } from '../name/reference.ts';
import { type AuthEntry, authEntrySchema, entryCredentials, parseSecretJson } from './auth-entry.ts';
import type { CredentialSource, Credentials } from './credentials.ts';

/** The parts of a Kubernetes Secret that make it a pull secret; `data` holds base64, as the API serves it. */
export interface PullSecret {
  readonly name: string;
  readonly type?: string | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** One registry of a pull secret. */
interface PullEntry {
  /** Host, port and path, by which entries are sorted. */
  readonly sorted: Buffer;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly entry: AuthEntry;
  readonly where: string;
}

/** Characters of one config in base64; an entry has some hundred. */
const MAX_CONFIG_LENGTH = 128 * KIB;
/** Entries of all pull secrets of a source. */
const MAX_ENTRIES = 200;
/** Characters of a registry with a path; a registry has at most 255, and so has a path. */
const MAX_KEY_LENGTH = 600;

const entriesSchema = z.record(z.string(), authEntrySchema);
const configJsonSchema = z.object({ auths: z.nullish(entriesSchema) });

/**
 * The credentials that Kubernetes would take for a repository out of pull secrets (types kubernetes.io/dockerconfigjson and
 * kubernetes.io/dockercfg; others are ignored). An entry matches when ports are equal, each label of its host matches as a pattern of Go's
 * filepath.Match, and its path begins the repository's as a plain string. Of several, the key that is last in byte order counts, without its
 * scheme and `/v1` or `/v2`, as in the keyring that Crossplane uses (go-containerregistry v0.21, pkg/authn/kubernetes); of equal keys, the
 * first. Throws
 * `INVALID_CREDENTIALS` for a secret that does not hold what its type says.
 */
export function pullSecretCredentials(secrets: readonly PullSecret[], repository: Repository): Credentials | undefined {
  return credentialsIn(entriesOf(secrets), repository);
}

function credentialsIn(entries: readonly PullEntry[], repository: Repository): Credentials | undefined {
  const match = entries.find((entry) => matches(entry, repository));
  return match && entryCredentials(match.entry, match.where);
}

/** {@link pullSecretCredentials} as a {@link CredentialSource}. */
export function pullSecretSource(secrets: readonly PullSecret[]): CredentialSource {
  let entries: readonly PullEntry[] | undefined;
  return {
    async get(repository) {
      entries ??= entriesOf(secrets);
      return credentialsIn(entries, repository);
    },
  };
}

function entriesOf(secrets: readonly PullSecret[]): PullEntry[] {
  const entries: PullEntry[] = [];
  for (const secret of secrets) {
    entries.push(...parseSecret(secret));
    if (entries.length > MAX_ENTRIES) {
      throw new OciError('INVALID_CREDENTIALS', `the pull secrets have more than ${MAX_ENTRIES} entries together`);
    }
  }
  return entries.sort((a, b) => Buffer.compare(b.sorted, a.sorted));
}

function parseSecret({ name, type, data = {} }: PullSecret): PullEntry[] {
  if (type === 'kubernetes.io/dockerconfigjson' && data['.dockerconfigjson'] !== undefined) {
    const where = `the Secret ${name}, key .dockerconfigjson`;
    return toEntries(
      parseSecretJson(decode(data['.dockerconfigjson'], where), configJsonSchema, where).auths ?? {},
      where,
    );
  }
  if (type === 'kubernetes.io/dockercfg' && data['.dockercfg'] !== undefined) {
    const where = `the Secret ${name}, key .dockercfg`;
    return toEntries(parseSecretJson(decode(data['.dockercfg'], where), entriesSchema, where), where);
  }
  return [];
}

function decode(base64: string, where: string): string {
  if (base64.length > MAX_CONFIG_LENGTH) {
    throw new OciError(
      'INVALID_CREDENTIALS',
      `cannot read ${where}: it is over the limit of ${formatSize(MAX_CONFIG_LENGTH)}`,
    );
  }
  return Buffer.from(base64, 'base64').toString('utf8');
}

function toEntries(auths: Readonly<Record<string, AuthEntry>>, where: string): PullEntry[] {
  return Object.entries(auths).map(([key, entry]) => {
    if (key.length > MAX_KEY_LENGTH) {
      throw new OciError(
        'INVALID_CREDENTIALS',
        `cannot read ${where}: an entry is for ${quote(key)}, which is too long`,
      );
    }
    const [authority = '', ...rest] = key.replace(/^https?:\/\//, '').split(/(?=\/)/);
    const path = rest.join('').replace(/^\/v[12]\//, '/');
    const [host, port] = splitPort(authority === 'docker.io' ? DEFAULT_REGISTRY : authority);
    const sorted = Buffer.from(`${authority}${path === '/' ? '' : path}`);
    return { sorted, host, port, path: path === '/' ? '' : path, entry, where: `${where}, entry ${quote(key)}` };
  });
}

function splitPort(authority: string): [host: string, port: string] {
  const port = /:(\d+)$/.exec(authority)?.[1] ?? '';
  return [port === '' ? authority : authority.slice(0, -port.length - 1), port];
}

function matches(entry: PullEntry, { registry, repository }: Repository): boolean {
  const [host, port] = splitPort(registry);
  return entry.port === port && hostMatches(entry.host, host) && `/${repository}`.startsWith(entry.path);
}

function hostMatches(pattern: string, host: string): boolean {
  const patterns = pattern.toLowerCase().split('.');
  const labels = host.toLowerCase().split('.');
  return (
    patterns.length === labels.length &&
    patterns.every((pattern, index) => compileFileMatch(pattern)?.(labels[index] ?? ''))
  );
}

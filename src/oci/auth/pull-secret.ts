import * as z from 'zod/mini';
import { compileFileMatch } from '../../go/file-match.ts';
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
  readonly key: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly entry: AuthEntry;
  readonly where: string;
}

const entriesSchema = z.record(z.string(), authEntrySchema);
const configJsonSchema = z.object({ auths: z.nullish(entriesSchema) });

/**
 * The credentials that Kubernetes would take for a repository out of pull secrets (types kubernetes.io/dockerconfigjson and
 * kubernetes.io/dockercfg; others are ignored). An entry matches when ports are equal, each label of its host matches as a pattern of Go's
 * filepath.Match, and its path begins the repository's as a plain string. Longer keys come first; the first match counts. Throws
 * `INVALID_CREDENTIALS` for a secret that does not hold what its type says.
 */
export function pullSecretCredentials(secrets: readonly PullSecret[], repository: Repository): Credentials | undefined {
  const entries = secrets.flatMap(parseSecret).sort(byKey);
  const match = entries.find((entry) => matches(entry, repository));
  return match && entryCredentials(match.entry, match.where);
}

/** {@link pullSecretCredentials} as a {@link CredentialSource}. */
export function pullSecretSource(secrets: readonly PullSecret[]): CredentialSource {
  return { get: async (repository) => pullSecretCredentials(secrets, repository) };
}

function parseSecret({ name, type, data = {} }: PullSecret): PullEntry[] {
  if (type === 'kubernetes.io/dockerconfigjson' && data['.dockerconfigjson'] !== undefined) {
    const where = `the Secret ${name}, key .dockerconfigjson`;
    return toEntries(parseSecretJson(decode(data['.dockerconfigjson']), configJsonSchema, where).auths ?? {}, where);
  }
  if (type === 'kubernetes.io/dockercfg' && data['.dockercfg'] !== undefined) {
    const where = `the Secret ${name}, key .dockercfg`;
    return toEntries(parseSecretJson(decode(data['.dockercfg']), entriesSchema, where), where);
  }
  return [];
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function toEntries(auths: Readonly<Record<string, AuthEntry>>, where: string): PullEntry[] {
  return Object.entries(auths).map(([original, entry]) => {
    const key = original.replace(/^https?:\/\//, '');
    const slash = key.indexOf('/');
    const authority = slash < 0 ? key : key.slice(0, slash);
    const path = (slash < 0 ? '' : key.slice(slash)).replace(/^\/v[12]\//, '/');
    const [host, port] = splitPort(authority === 'docker.io' ? DEFAULT_REGISTRY : authority);
    return { key, host, port, path: path === '/' ? '' : path, entry, where };
  });
}

function splitPort(authority: string): [host: string, port: string] {
  const port = /:(\d+)$/.exec(authority)?.[1] ?? '';
  return [port === '' ? authority : authority.slice(0, -port.length - 1), port];
}

function byKey(a: PullEntry, b: PullEntry): number {
  if (a.key.length !== b.key.length) return b.key.length - a.key.length;
  return a.key < b.key ? 1 : a.key > b.key ? -1 : 0;
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

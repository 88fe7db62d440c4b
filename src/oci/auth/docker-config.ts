import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Environment } from '../../internal/environment.ts';
import { FileError } from '../../internal/files/file-error.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { OciError } from '../errors.ts';
import type { Repository } from '../name/reference.ts';
import { type AuthEntry, authEntrySchema, parseSecretJson } from './auth-entry.ts';
import { getFromHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { FILE_RULE, findLogin, keyOf } from './find-login.ts';

/** The parts of a Docker config that contain credentials. */
export interface DockerConfig {
  readonly auths: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
  /** The path of the file, for messages. */
  readonly path: string;
}

/** The size limit of a config in bytes. An entry has a few hundred bytes. */
const MAX_CONFIG_BYTES = 1_048_576;

const configSchema = z.object({
  auths: z.nullish(z.record(z.string(), authEntrySchema)),
  credHelpers: z.nullish(z.record(z.string(), z.string())),
  credsStore: z.nullish(z.string()),
});

/**
 * Returns the credentials that `docker login` and `podman login` store: in config.json of `$DOCKER_CONFIG` or `~/.docker`, else in
 * `$REGISTRY_AUTH_FILE`, else in containers/auth.json of `$XDG_RUNTIME_DIR`, `$XDG_CONFIG_HOME` or `~/.config`, or in the credential
 * helpers that these name. The file and the output of helpers are read at the first use and cached until the registry rejects them.
 */
export function dockerConfigSource(environment: Environment = process.env, home: string = homedir()): CredentialSource {
  let config: Promise<DockerConfig> | undefined;
  const helperLogins = new Map<string, Promise<Credentials | undefined>>();

  async function fromHelper(helper: string, key: string): Promise<Credentials | undefined> {
    const login = helperLogins.get(key) ?? getFromHelper(helper, key);
    helperLogins.set(key, login);
    try {
      return await login;
    } catch (error) {
      helperLogins.delete(key);
      throw error;
    }
  }

  return {
    async get(repository) {
      config ??= loadDockerConfig(environment, home);
      const found = await config;
      const registryKey = keyOf(repository.registry);
      const helper = helperOf(found, repository.registry);
      const credentials = helper === undefined ? undefined : await fromHelper(helper, registryKey);
      return credentials ?? fromAuths(found, repository);
    },
    drop() {
      config = undefined;
      helperLogins.clear();
    },
  };
}

/** Returns the helper that stores the login for a registry, or undefined if the config itself does. */
export function helperOf({ credHelpers, credsStore }: DockerConfig, registry: string): string | undefined {
  return credHelpers[keyOf(registry)] ?? credHelpers[registry] ?? credsStore;
}

/** Parses a Docker config or auth.json. Throws `INVALID_CREDENTIALS` with `where` in the message, but nothing of the text. */
export function parseDockerConfig(text: string, where: string): DockerConfig {
  const { auths, credHelpers, credsStore } = parseSecretJson(text, configSchema, where);
  return { auths: auths ?? {}, credHelpers: credHelpers ?? {}, credsStore: credsStore || undefined, path: where };
}

async function loadDockerConfig(environment: Environment, home: string): Promise<DockerConfig> {
  for (const path of configPaths(environment, home)) {
    const text = await readIfExists(path);
    if (text !== undefined) return parseDockerConfig(text, path);
  }
  return { auths: {}, credHelpers: {}, credsStore: undefined, path: '' };
}

function configPaths(environment: Environment, home: string): string[] {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = environment;
  return [
    dockerConfigPath({ DOCKER_CONFIG }, home),
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers/auth.json')] : []),
    join(XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'),
  ];
}

/** Returns the path of the config that `docker login` writes. */
export function dockerConfigPath({ DOCKER_CONFIG }: Environment, home: string): string {
  return join(DOCKER_CONFIG || join(home, '.docker'), 'config.json');
}

/** Reads a config, or returns undefined if the file does not exist. Throws `INVALID_CREDENTIALS`. */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return (await readRegularFile(path, MAX_CONFIG_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof FileError) throw new OciError('INVALID_CREDENTIALS', error.message, { cause: error });
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OciError('INVALID_CREDENTIALS', `cannot read ${path}: ${String(code)}`, { cause: error });
  }
}

function fromAuths({ auths, path }: DockerConfig, repository: Repository): Credentials | undefined {
  const logins = Object.entries(auths).map(([key, entry]) => ({ key, entry, where: path }));
  return findLogin(logins, repository, FILE_RULE);
}

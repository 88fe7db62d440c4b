import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { FileError } from '../../internal/files/file-error.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { OciError } from '../errors.ts';
import type { Repository } from '../name/reference.ts';
import { type AuthEntry, authEntrySchema, parseSecretJson } from './auth-entry.ts';
import { askCredentialHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { FILE_RULE, findLogin, keyOf } from './find-login.ts';

/** The variables that say where credentials are. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of a Docker config that hold credentials. */
export interface DockerConfig {
  readonly auths: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
  /** The file, for messages. */
  readonly path: string;
}

/** The largest config that is read; one entry has some hundred bytes. */
const MAX_CONFIG_BYTES = 1_048_576;

const configSchema = z.object({
  auths: z.nullish(z.record(z.string(), authEntrySchema)),
  credHelpers: z.nullish(z.record(z.string(), z.string())),
  credsStore: z.nullish(z.string()),
});

/**
 * Credentials as `docker login` and `podman login` leave them: config.json of `$DOCKER_CONFIG` or `~/.docker`, else `$REGISTRY_AUTH_FILE`,
 * else containers/auth.json of `$XDG_RUNTIME_DIR`, `$XDG_CONFIG_HOME` or `~/.config`; with the credential helpers they name. Read at the
 * first use and kept; answers of helpers are kept until the registry refuses them.
 */
export function dockerConfigSource(environment: Environment = process.env, home: string = homedir()): CredentialSource {
  let config: Promise<DockerConfig> | undefined;
  const helped = new Map<string, Promise<Credentials | undefined>>();

  async function fromHelper(helper: string, key: string): Promise<Credentials | undefined> {
    const asking = helped.get(key) ?? askCredentialHelper(helper, key);
    helped.set(key, asking);
    try {
      return await asking;
    } catch (error) {
      helped.delete(key);
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
      helped.clear();
    },
  };
}

/** The helper that keeps the login for a registry; undefined where the config itself does. */
export function helperOf({ credHelpers, credsStore }: DockerConfig, registry: string): string | undefined {
  return credHelpers[keyOf(registry)] ?? credHelpers[registry] ?? credsStore;
}

/** Reads the text of a Docker config or auth.json. Throws `INVALID_CREDENTIALS`, naming `where` and nothing of the text. */
export function parseDockerConfig(text: string, where: string): DockerConfig {
  const { auths, credHelpers, credsStore } = parseSecretJson(text, configSchema, where);
  return { auths: auths ?? {}, credHelpers: credHelpers ?? {}, credsStore: credsStore || undefined, path: where };
}

async function loadDockerConfig(environment: Environment, home: string): Promise<DockerConfig> {
  for (const path of configPaths(environment, home)) {
    const text = await readIfThere(path);
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

/** The path of the config that `docker login` writes. */
export function dockerConfigPath({ DOCKER_CONFIG }: Environment, home: string): string {
  return join(DOCKER_CONFIG || join(home, '.docker'), 'config.json');
}

export async function readIfThere(path: string): Promise<string | undefined> {
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

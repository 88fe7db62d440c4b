import { homedir } from 'node:os';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import type { Environment } from '../../internal/environment.ts';
import { writeAtomically } from '../../internal/files/atomic-file.ts';
import { makeDirectory } from '../../internal/files/make-directory.ts';
import { realPath } from '../../internal/files/real-path.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import { parseSecretJson } from './auth-entry.ts';
import { eraseFromHelper, storeInHelper } from './credential-helper.ts';
import { dockerConfigPath, helperOf, parseDockerConfig, readIfExists } from './docker-config.ts';
import { fileScope, keyOf } from './find-login.ts';

/** A Docker config. Unknown fields are preserved. */
const fileSchema = z.looseObject({ auths: z.nullish(z.record(z.string(), z.unknown())) });

interface ConfigFile {
  readonly path: string;
  readonly content: z.infer<typeof fileSchema>;
  readonly helper: string | undefined;
}

/**
 * Stores a login for a registry as `docker login` does: in the credential helper that the config names, else in the config itself, which
 * only its owner can read. Returns the name of the helper or file. Throws `INVALID_CREDENTIALS` and `CREDENTIAL_HELPER`.
 */
export async function saveLogin(
  registry: string,
  { username, password }: { readonly username: string; readonly password: string },
  environment: Environment = process.env,
  home: string = homedir(),
): Promise<string> {
  const { path, content, helper } = await readConfigFile(registry, environment, home);
  if (helper !== undefined) await storeInHelper(helper, keyOf(registry), username, password);
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  // An empty entry means that the helper has a login.
  const entry = helper === undefined ? { auth } : {};
  await write(path, { ...content, auths: { ...withoutRegistry(content.auths, registry), [keyOf(registry)]: entry } });
  return helper === undefined ? path : `docker-credential-${helper}`;
}

/**
 * Removes the login for a registry as `docker logout` does, in all spellings of its name. Logins for paths of the registry remain. Returns
 * the name of the helper or file that had the login, or undefined if it was not found. Throws as {@link saveLogin} does.
 */
export async function removeLogin(
  registry: string,
  environment: Environment = process.env,
  home: string = homedir(),
): Promise<string | undefined> {
  const { path, content, helper } = await readConfigFile(registry, environment, home);
  const erased = helper !== undefined && (await eraseFromHelper(helper, keyOf(registry)));
  const auths = withoutRegistry(content.auths, registry);
  const isFound = Object.keys(auths).length < Object.keys(content.auths ?? {}).length;
  if (isFound) await write(path, { ...content, auths });
  if (erased) return `docker-credential-${helper}`;
  return isFound ? path : undefined;
}

async function readConfigFile(registry: string, environment: Environment, home: string): Promise<ConfigFile> {
  const path = dockerConfigPath(environment, home);
  const text = (await readIfExists(path)) ?? '{}';
  const helper = helperOf(parseDockerConfig(text, path), registry);
  return { path, content: parseSecretJson(text, fileSchema, path), helper };
}

function withoutRegistry(auths: ConfigFile['content']['auths'], registry: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(auths ?? {}).filter(([key]) => !isFor(key, registry)));
}

/** True for a key that means the whole registry. */
function isFor(key: string, registry: string): boolean {
  const scope = fileScope(key);
  return scope.registry === registry && scope.path === '';
}

async function write(path: string, content: object): Promise<void> {
  try {
    await makeDirectory(dirname(path), 0o700);
    // The target of a symbolic link is written, since some users link to a config in a repository.
    const target = await realPath(path);
    await writeAtomically(target, [Buffer.from(`${JSON.stringify(content, undefined, '\t')}\n`)], { mode: 0o600 });
  } catch (error) {
    throw new OciError('INVALID_CREDENTIALS', `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

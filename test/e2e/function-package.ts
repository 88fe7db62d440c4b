import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import metadata from '../../package.json' with { type: 'json' };
import { toolPath } from '../tools/index.ts';
import { runProgram } from '../tools/run-program.ts';
import { REGISTRY } from './control-plane/registry.ts';
import { type Container, type EntryPoint, FUNCTION } from './function-runtime.ts';

const root = join(import.meta.dirname, '../..');

/** The command line of this project. */
export const PROGRAM = join(root, 'dist/main.js');

/** The registry of the function and of providers in the Configurations of this harness. */
export const PLATFORM = `${REGISTRY}/platform`;
export const MIRROR = `${REGISTRY}/mirror`;

/** Builds the function's packages and the Configurations. */
export async function buildPackages(): Promise<void> {
  const options = ['--registry', PLATFORM, '--provider-registry', MIRROR];
  await runProgram(process.execPath, ['--import', 'tsx', join(root, 'package/build.ts'), ...options]);
}

/** The file of the Configuration for provider-aws. */
export function configurationPackage(): string {
  return join(root, `out/configuration-workload-ecr-${metadata.version}.xpkg`);
}

/** The function's package as files, one for each platform. */
export interface PackageFiles {
  /** Without a v. */
  readonly version: string;
  readonly files: readonly string[];
}

/** The files of a version of the function's package in the folder that it was built in. */
export function packageFiles(folder: string, version: string): PackageFiles {
  const files = ['amd64', 'arm64'].map((architecture) => join(folder, `${FUNCTION}-${version}-${architecture}.xpkg`));
  return { version, files };
}

const CURRENT = packageFiles(join(root, 'out'), metadata.version);

/** Pushes the function's package for both platforms to `registry` (host and path), as a release does, and gives its reference. */
export async function pushFunctionPackage(
  registry: string,
  { version, files }: PackageFiles = CURRENT,
): Promise<string> {
  const reference = `${registry}/${FUNCTION}:v${version}`;
  await runProgram(process.execPath, [PROGRAM, 'xpkg', 'push', '-f', files.join(','), reference]);
  return reference;
}

const imageConfig = z.object({
  config: z.object({
    Entrypoint: z.array(z.string()),
    Env: z.array(z.string()),
    User: z.string().regex(/^\d+$/),
    WorkingDir: z.string(),
  }),
});

/** Unpacks a container's image into an empty folder and returns how to run it there as its own user. */
export async function unpackContainer({ image, args, env }: Container, folder: string): Promise<EntryPoint> {
  const platform = `--platform=linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const archive = `${folder}.tar`;
  const crane = toolPath('crane');
  const { config } = imageConfig.parse(JSON.parse(await runProgram(crane, ['config', platform, image])));
  await runProgram(crane, ['export', platform, image, archive]);
  await runProgram('tar', ['--extract', `--file=${archive}`, `--directory=${folder}`]);
  const certificatesFolder = join(folder, env.TLS_SERVER_CERTS_DIR ?? '');
  mkdirSync(certificatesFolder, { recursive: true });
  mkdirSync(join(folder, 'proc'), { recursive: true });
  const ids = [`--setuid=${config.User}`, `--setgid=${config.User}`];
  return {
    file: (await runProgram('which', ['unshare'])).trim(), // the image has a PATH of its own
    args: ['--mount-proc', `--root=${folder}`, `--wd=${config.WorkingDir}`, ...ids, ...config.Entrypoint, ...args],
    env: { ...Object.fromEntries(config.Env.map((each) => each.split(/=(.*)/s))), ...env },
    certificatesFolder,
  };
}

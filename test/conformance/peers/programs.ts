import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createRegistryClient, parsePublicKey, parseReference, verifyImageSignature } from '../../../src/oci/index.ts';
import { sourceFetcher } from '../../cache/artifacts/worker/threads.ts';
import { type ToolName, toolPath } from '../../tools/index.ts';
import { treeFolder } from '../../tools/tools.ts';
import { expectPackage } from './artifact.ts';
import { readAsSource } from './ours.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;
/** The folder of the libraries of Debian's skopeo; the other programs need none. */
const LIBRARIES = ['x86_64', 'aarch64']
  .map((name) => join(treeFolder('skopeo'), `usr/lib/${name}-linux-gnu`))
  .join(':');

/** Reads the package at `name` into `folder`, which contains the docker config. Throws on an error. */
export type Read = (name: string, folder: string) => Promise<void>;

/** Runs a program without the caller's settings. */
async function start(tool: ToolName, args: readonly string[], folder: string): Promise<void> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    DOCKER_CONFIG: folder,
    REGISTRY_AUTH_FILE: join(folder, 'config.json'),
    LD_LIBRARY_PATH: LIBRARIES,
  };
  await run(toolPath(tool), args, { env, cwd: folder, timeout: TIMEOUT_MS });
}

/** The threads in which the service reads packages. */
const fetcher = sourceFetcher();

/** Readers of packages, by name in the table. */
export const programs: Readonly<Record<string, Read>> = {
  ours: (name, folder) => readAsSource(fetcher, name, folder, AbortSignal.timeout(TIMEOUT_MS)),
  async crossplane(name, folder) {
    await start('crossplane', ['xpkg', 'extract', name, '--output', 'package.gz'], folder);
    expectPackage(gunzipSync(await readFile(join(folder, 'package.gz'))));
  },
  async crane(name, folder) {
    await start('crane', ['export', '--insecure', name, 'crane.tar'], folder);
    expectPackage(await readFile(join(folder, 'crane.tar')));
  },
  skopeo: (name, folder) =>
    start(
      'skopeo',
      [
        'copy',
        '--insecure-policy',
        '--src-tls-verify=false',
        '--override-os=linux',
        `docker://${name}`,
        `dir:${join(folder, 'skopeo')}`,
      ],
      folder,
    ),
  cosign: (name, folder) => start('cosign', ['save', '--allow-http-registry', '--dir', 'cosign', name], folder),
};

/** Verifiers of signatures by a key, which is in the folder as cosign.pub. */
export const verifiers: Readonly<Record<string, Read>> = {
  async ours(name, folder) {
    const client = createRegistryClient();
    try {
      const reference = parseReference(name);
      const { digest } = await client.resolve(reference);
      const keys = [parsePublicKey(await readFile(join(folder, 'cosign.pub'), 'utf8'), 'cosign.pub')];
      await verifyImageSignature(client, { ...reference, digest }, { keys });
    } finally {
      await client.close();
    }
  },
  cosign: (name, folder) =>
    start(
      'cosign',
      ['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', '--allow-http-registry', name],
      folder,
    ),
};

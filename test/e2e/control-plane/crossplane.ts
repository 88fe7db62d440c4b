import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFolder, toolPath } from '../../tools/index.ts';
import { runProgram } from '../../tools/run-program.ts';
import { ToolError } from '../../tools/tool-error.ts';
import { type CrossplaneVersion, majorOf } from '../crossplane-version.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { textAt } from '../kubernetes/object.ts';
import type { Program, Programs } from '../program.ts';

/** The namespace of Crossplane and its packages. */
export const CROSSPLANE_NAMESPACE = 'crossplane-system';

const CLIENT_SECRET = 'crossplane-tls-client';

/** Crossplane's core controllers. */
export interface Crossplane {
  /** The major version. */
  readonly major: 1 | 2;
  /** The folder of its package cache. */
  readonly cacheFolder: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Installs a version of Crossplane in the cluster and starts its controllers. */
export async function startCrossplane(
  version: CrossplaneVersion,
  programs: Programs,
  cluster: Cluster,
  kubeconfig: string,
  folder: string,
  logFolder: string,
): Promise<Crossplane> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: CROSSPLANE_NAMESPACE } });
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'crossplane', namespace: CROSSPLANE_NAMESPACE },
  });
  const env = { KUBECONFIG: kubeconfig, POD_NAMESPACE: CROSSPLANE_NAMESPACE, ENABLE_WEBHOOKS: 'false' };
  const major = majorOf(version);
  const initializer = major === 1 ? containedInitializer(version, kubeconfig, folder) : initializerOf(version);
  await initialize(initializer, env);
  const certificates = join(folder, 'crossplane-client');
  await writeClientCertificates(cluster, certificates);
  const cacheFolder = join(folder, 'package-cache');
  mkdirSync(cacheFolder);
  const start = () =>
    programs.start({
      name: 'crossplane',
      file: toolPath(`crossplane-${version}`),
      args: ['core', 'start', '--cache-dir', cacheFolder, '--metrics-port=9080', '--health-probe-port=9081'],
      env: { ...env, TLS_CLIENT_CERTS_DIR: certificates },
      logFolder,
    });
  let program: Program = await start();
  return {
    major,
    cacheFolder,
    stop: () => program.stop(),
    start: async () => {
      program = await start();
    },
  };
}

/** A program that prepares a cluster for Crossplane. */
interface Initializer {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function initializerOf(version: CrossplaneVersion): Initializer {
  const name = `crossplane-${version}` as const;
  return { file: toolPath(name), args: ['core', 'init'], env: { CRDS_PATH: crdFolder(name) } };
}

/** Version 1 reads its CRDs from /crds, as its image has them: this creates a root folder like that of the image. */
function containedInitializer(version: CrossplaneVersion, kubeconfig: string, folder: string): Initializer {
  const name = `crossplane-${version}` as const;
  const root = join(folder, 'crossplane-image');
  mkdirSync(root);
  copyFileSync(toolPath(name), join(root, 'crossplane'));
  copyFileSync(kubeconfig, join(root, 'kubeconfig'));
  cpSync(crdFolder(name), join(root, 'crds'), { recursive: true });
  return {
    file: 'unshare',
    args: [`--root=${root}`, '/crossplane', 'core', 'init'],
    env: {
      HOME: '/',
      KUBECONFIG: '/kubeconfig',
      TLS_SERVER_SECRET_NAME: 'crossplane-tls-server',
      WEBHOOK_ENABLED: 'false',
    },
  };
}

async function initialize({ file, args, env }: Initializer, common: Readonly<Record<string, string>>): Promise<void> {
  const secrets = { TLS_CA_SECRET_NAME: 'crossplane-root-ca', TLS_CLIENT_SECRET_NAME: CLIENT_SECRET };
  const init = () => runProgram(file, args, { env: { PATH: process.env.PATH, ...common, ...secrets, ...env } });
  try {
    await init();
  } catch (error) {
    // It uses the CRDs that it has just created, and fails if the API server does not serve them yet.
    if (!(error instanceof ToolError)) throw error;
    await init();
  }
}

async function writeClientCertificates(cluster: Cluster, folder: string): Promise<void> {
  mkdirSync(folder);
  const ref = { apiVersion: 'v1', kind: 'Secret', name: CLIENT_SECRET, namespace: CROSSPLANE_NAMESPACE };
  const secret = await cluster.until(ref, 'exists', (object) => object);
  for (const file of ['tls.crt', 'tls.key', 'ca.crt']) {
    writeFileSync(join(folder, file), Buffer.from(textAt(secret, 'data', file) ?? '', 'base64'));
  }
}

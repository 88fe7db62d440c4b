import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFolder, toolPath } from '../../tools/index.ts';
import { runProgram } from '../../tools/run-program.ts';
import { ToolError } from '../../tools/tool-error.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { textAt } from '../kubernetes/object.ts';
import type { Program, Programs } from '../program.ts';

/** The namespace that Crossplane and its packages live in. */
export const CROSSPLANE_NAMESPACE = 'crossplane-system';

const CLIENT_SECRET = 'crossplane-tls-client';

/** Crossplane's core controllers. */
export interface Crossplane {
  /** The folder of its package cache. */
  readonly cacheFolder: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Installs Crossplane in the cluster and starts its controllers. */
export async function startCrossplane(
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
  await initialize(env);
  const certificates = join(folder, 'crossplane-client');
  await writeClientCertificates(cluster, certificates);
  const cacheFolder = join(folder, 'package-cache');
  mkdirSync(cacheFolder);
  const start = () =>
    programs.start({
      name: 'crossplane',
      file: toolPath('crossplane-core'),
      args: ['core', 'start', '--cache-dir', cacheFolder, '--metrics-port=9080', '--health-probe-port=9081'],
      env: { ...env, TLS_CLIENT_CERTS_DIR: certificates },
      logFolder,
    });
  let program: Program = await start();
  return {
    cacheFolder,
    stop: () => program.stop(),
    start: async () => {
      program = await start();
    },
  };
}

async function initialize(env: Readonly<Record<string, string>>): Promise<void> {
  const init = () =>
    runProgram(toolPath('crossplane-core'), ['core', 'init'], {
      env: {
        ...env,
        CRDS_PATH: crdFolder('crossplane'),
        TLS_CA_SECRET_NAME: 'crossplane-root-ca',
        TLS_CLIENT_SECRET_NAME: CLIENT_SECRET,
      },
    });
  try {
    await init();
  } catch (error) {
    // It uses the CRDs that it has just made, and fails where the API server does not serve them yet.
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

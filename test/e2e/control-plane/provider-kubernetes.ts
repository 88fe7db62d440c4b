import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFolder, toolPath } from '../../tools/index.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { hasConditions } from '../kubernetes/object.ts';
import type { Program, Programs } from '../program.ts';
import { CROSSPLANE_NAMESPACE } from './crossplane.ts';
import { forwardTo } from './pod.ts';

const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
const GROUP = 'kubernetes.crossplane.io';

/** The way to start provider-kubernetes. */
export interface ProviderKubernetesOptions {
  readonly programs: Programs;
  readonly cluster: Cluster;
  readonly kubeconfig: string;
  readonly logFolder: string;
  /** An empty folder for it. */
  readonly folder: string;
  /** The name of the ProviderConfig for this cluster. */
  readonly providerConfigName: string;
}

/** Installs the CRDs of provider-kubernetes, starts it in a separate network, and creates a ProviderConfig. */
export async function startProviderKubernetes(options: ProviderKubernetesOptions): Promise<Program> {
  const { programs, cluster, kubeconfig, logFolder, folder, providerConfigName } = options;
  await applyCrds(cluster);
  const socket = join(folder, 'api-server.sock');
  const server = await forwardTo(socket);
  const pod = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'pod.ts'), socket];
  const program = await programs.start({
    name: 'provider-kubernetes',
    file: 'unshare',
    args: ['--net', '--', ...pod, toolPath('provider-kubernetes'), '--poll=10s', '--debug'],
    env: { KUBECONFIG: kubeconfig, TLS_SERVER_CERTS_DIR: webhookCertificates(kubeconfig, folder) },
    cwd: import.meta.dirname,
    logFolder,
  });
  await configure(cluster, kubeconfig, providerConfigName);
  return {
    ...program,
    async stop(graceMs) {
      await program.stop(graceMs);
      server.close();
    },
  };
}

/** Its webhook, which converts Objects of older versions, does not start without certificates. */
function webhookCertificates(kubeconfig: string, folder: string): string {
  const apiServer = join(kubeconfig, '../kube-apiserver');
  const target = join(folder, 'certificates');
  mkdirSync(target);
  for (const kind of ['crt', 'key']) copyFileSync(join(apiServer, `apiserver.${kind}`), join(target, `tls.${kind}`));
  return target;
}

async function applyCrds(cluster: Cluster): Promise<void> {
  const folder = crdFolder('provider-kubernetes');
  const names: string[] = [];
  for (const file of readdirSync(folder)) {
    const name = file.replace(/^(.*)_(.*)\.yaml$/, '$2.$1');
    // In a cluster, the webhook is behind a Service; all Objects here have the stored version.
    const yaml = readFileSync(join(folder, file), 'utf8').replace(/^ {2}conversion:\n(?: {4}.*\n)+/m, '');
    await cluster.applyText({ ...CRD, name }, yaml);
    names.push(name);
  }
  for (const name of names) {
    await cluster.until({ ...CRD, name }, 'is established', (object) => hasConditions(object, 'Established'));
  }
}

async function configure(cluster: Cluster, kubeconfig: string, name: string): Promise<void> {
  const secret = { name: 'provider-kubernetes', namespace: CROSSPLANE_NAMESPACE };
  const stringData = { kubeconfig: readFileSync(kubeconfig, 'utf8') };
  await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: secret, stringData });
  await cluster.apply({
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'ProviderConfig',
    metadata: { name },
    spec: { credentials: { source: 'Secret', secretRef: { ...secret, key: 'kubeconfig' } } },
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdFolder, toolPath } from '../../tools/index.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { hasConditions } from '../kubernetes/object.ts';
import type { Programs } from '../program.ts';
import { CROSSPLANE_NAMESPACE } from './crossplane.ts';
import { CREDENTIALS_FILE, EMULATOR_ENDPOINT } from './emulator.ts';

const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

/** Installs the CRDs of provider-aws, starts it, and creates the ProviderConfig `name` for the emulator. */
export async function startProvider(
  programs: Programs,
  cluster: Cluster,
  kubeconfig: string,
  logFolder: string,
  name: string,
): Promise<void> {
  await applyCrds(cluster);
  await programs.start({
    name: 'provider-aws',
    file: toolPath('provider-aws'),
    args: ['--poll=10s', '--max-reconcile-rate=100'],
    env: { KUBECONFIG: kubeconfig },
    logFolder,
  });
  await configureProvider(cluster, name);
}

async function applyCrds(cluster: Cluster): Promise<void> {
  const folder = crdFolder('provider-aws');
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  await Promise.all(
    files.map(async (file) => {
      const yaml = readFileSync(join(folder, file), 'utf8');
      // A file has the name GROUP_PLURAL.yaml, and the CRD PLURAL.GROUP.
      const name = file.replace(/^(.*)_(.*)\.yaml$/, '$2.$1');
      await cluster.applyText({ ...CRD, name }, isUsed(name) ? yaml : withoutSchemas(yaml));
    }),
  );
}

function isUsed(name: string): boolean {
  return /^[a-z]+\.(ecr\.)?aws\.crossplane\.io$/.test(name);
}

/** The provider requires all its kinds; the schemas of those that no scenario uses cost the API server many seconds. */
function withoutSchemas(yaml: string): string {
  const anything = '    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n';
  return yaml.replace(/^ {4}schema:\n(?: {6}.*\n|\n)+/gm, anything);
}

async function configureProvider(cluster: Cluster, name: string): Promise<void> {
  const secret = { name: 'ecr-emulator', namespace: CROSSPLANE_NAMESPACE };
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: secret,
    stringData: { credentials: CREDENTIALS_FILE },
  });
  const crd = { ...CRD, name: 'providerconfigs.aws.crossplane.io' };
  await cluster.until(crd, 'is established', (object) => hasConditions(object, 'Established'));
  await cluster.apply({
    apiVersion: 'aws.crossplane.io/v1beta1',
    kind: 'ProviderConfig',
    metadata: { name },
    spec: {
      credentials: { source: 'Secret', secretRef: { ...secret, key: 'credentials' } },
      endpoint: EMULATOR_ENDPOINT,
    },
  });
}

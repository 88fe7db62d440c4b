import { mkdirSync } from 'node:fs';
import type { CrossplaneVersion } from '../crossplane-version.ts';
import { applyClaimApi } from '../examples.ts';
import { type Cluster, connectCluster } from '../kubernetes/cluster.ts';
import type { Programs } from '../program.ts';
import { type Crossplane, startCrossplane } from './crossplane.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { type ApiServer, startApiServer } from './kube-apiserver.ts';
import { startProvider } from './provider.ts';
import { type Registry, startRegistry } from './registry.ts';

/** The region and the ProviderConfig of the claim in examples/claim. */
export const REGION = 'eu-west-2';
const PROVIDER_CONFIG = 'aws-provider';

/** A control plane with Crossplane, the AWS provider, an ECR emulator and a registry. */
export interface ControlPlane {
  readonly cluster: Cluster;
  readonly crossplane: Crossplane;
  readonly emulator: Emulator;
  readonly registry: Registry;
  readonly kubeconfig: string;
  /** Returns the writes of claims, composites and events so far. */
  readonly writes: ApiServer['writes'];
}

/** Starts a control plane for claims as in examples/claim, with its data in `folder`; stopping `programs` stops it. */
export async function startControlPlane(
  version: CrossplaneVersion,
  programs: Programs,
  folder: string,
  logFolder: string,
): Promise<ControlPlane> {
  mkdirSync(folder, { recursive: true });
  const outside = Promise.all([startEmulator(programs, logFolder, REGION), startRegistry(programs, folder, logFolder)]);
  const { access, kubeconfig, writes } = await startApiServer(programs, folder, logFolder);
  const cluster = connectCluster(access, programs.signal);
  const crossplane = await startCrossplane(version, programs, cluster, kubeconfig, folder, logFolder);
  await startProvider(programs, cluster, kubeconfig, logFolder, PROVIDER_CONFIG);
  await applyClaimApi(cluster);
  await startGarbageCollector(programs, kubeconfig, logFolder);
  const [emulator, registry] = await outside;
  return { cluster, crossplane, emulator, registry, kubeconfig, writes };
}

import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import * as z from 'zod';
import { CROSSPLANE_NAMESPACE } from './control-plane/crossplane.ts';
import { HarnessError } from './harness-error.ts';
import type { Hosts } from './isolation.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import { hasConditions, type KubernetesObject, type ObjectRef, textAt, valueAt } from './kubernetes/object.ts';
import type { Programs } from './program.ts';

/** The function's package and what is called after it. */
export const FUNCTION = 'function-workload-ecr';

/** A function by the name of its package in the cluster, and the loopback address of its pod. */
export interface FunctionPod {
  readonly name: string;
  readonly host: string;
}

/** The function that most scenarios use. */
const STANDARD: FunctionPod = { name: FUNCTION, host: '127.0.0.2' };

/** The function as a Configuration's dependency, which gets its name from its repository. */
export const DEPENDENCY: FunctionPod = { name: `platform-${FUNCTION}`, host: '127.0.0.4' };

/** The host names of the functions' Services. */
export const FUNCTION_HOSTS: Hosts = Object.fromEntries(
  [STANDARD, DEPENDENCY].map(({ name, host }) => [`${name}.${CROSSPLANE_NAMESPACE}`, [host]]),
);

/** The same with a second pod behind the function's headless Service. */
export function withReplica(host: string): Hosts {
  return { ...FUNCTION_HOSTS, [`${STANDARD.name}.${CROSSPLANE_NAMESPACE}`]: [STANDARD.host, host] };
}

/** The Secret with the certificates that Crossplane makes for the function. */
export const CERTIFICATES = certificatesOf(STANDARD);

const RUNTIME_CONFIG = { apiVersion: 'pkg.crossplane.io/v1beta1', kind: 'DeploymentRuntimeConfig', name: FUNCTION };
const PACKAGE = { apiVersion: 'pkg.crossplane.io/v1', kind: 'Function', name: FUNCTION };

/** The container in the function's Deployment. */
export interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The way to start a container, after its image is unpacked. */
export interface EntryPoint {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The folder that is /tls/server in the pod. */
  readonly certificatesFolder: string;
}

/** The function as installed by Crossplane, with this harness as the kubelet. */
export interface FunctionRuntime {
  /** Stops the function's program like a deleted pod. */
  stop(): Promise<void>;
  /** Starts it again from the same image. */
  start(): Promise<void>;
  /** Serves responses of a script of this harness at its address, with its certificates, until the script is stopped. */
  startScript(script: string): Promise<void>;
  /** Updates the mounted certificates from their Secret, as the kubelet does, and waits until the function has loaded them. */
  renewCertificates(): Promise<void>;
  /** The fingerprint of the certificate that it uses. */
  shownCertificate(): Promise<string>;
  /** Installs another image of it, as an upgrade does, and continues with that. */
  replaceBy(image: string): Promise<void>;
  /** Starts a second pod of the same image at another loopback address. */
  startReplica(host: string): Promise<Replica>;
  /** The names of the composites that it was called for since its image was installed. */
  composites(): ReadonlySet<string>;
  /** Reads its /metrics, and returns the sum over all labels of each by its name, such as `process_cpu_seconds_total`. */
  metrics(): Promise<(name: string) => number>;
}

/** Another pod of the function. */
export interface Replica {
  /** Kills it, like the loss of its node. */
  kill(): Promise<void>;
  metrics: FunctionRuntime['metrics'];
}

/** The kubelet's inputs for a function. */
export interface Kubelet {
  readonly programs: Programs;
  readonly cluster: Cluster;
  readonly logFolder: string;
  /** Unpacks the image of a Deployment. */
  readonly unpack: (container: Container) => Promise<EntryPoint>;
}

/** Installs the function's package, and acts as the kubelet for it. */
export async function installFunction(kubelet: Kubelet, image: string): Promise<FunctionRuntime> {
  await applyPackage(kubelet.cluster, image);
  const runtime = await runFunction(kubelet, STANDARD);
  await kubelet.cluster.until(PACKAGE, 'is healthy', (object) => hasConditions(object, 'Installed', 'Healthy'));
  return runtime;
}

/**
 * Acts as the kubelet for a function that is being installed: waits for its Deployment and certificates, unpacks the Deployment's image,
 * starts that, and reports that the Deployment is available.
 */
export async function runFunction(kubelet: Kubelet, pod: FunctionPod): Promise<FunctionRuntime> {
  const { cluster } = kubelet;
  let revision = await revisionOf(cluster, pod);
  let deployment = await deploymentOf(cluster, 'revision', revision);
  let container = await prepare(kubelet, pod, deployment, containerOf(deployment, pod));
  let program = await container.start();
  await makeAvailable(cluster, deployment);
  return {
    renewCertificates: async () => {
      const taken = program.prints(/"loaded renewed certificates"/);
      await container.mountCertificates();
      await taken;
    },
    shownCertificate: () => shownCertificate(pod.host),
    stop: () => program.stop(),
    start: async () => {
      program = await container.start();
    },
    startScript: async (script) => {
      program = await container.startScript(script);
    },
    metrics: () => metricsOf(pod),
    composites: () => compositesIn(readFileSync(program.logFile, 'utf8')),
    async replaceBy(image) {
      await applyPackage(cluster, image);
      revision = await revisionOf(cluster, pod, revision);
      deployment = await deploymentOf(cluster, 'revision', revision);
      container = await prepare(kubelet, pod, deployment, containerOf(deployment, pod));
      await program.stop();
      program = await container.start();
      await makeAvailable(cluster, deployment);
      await cluster.until(PACKAGE, 'is healthy', (object) => hasConditions(object, 'Installed', 'Healthy'));
    },
    async startReplica(host) {
      const replica = { name: pod.name, host };
      const template = { ...containerOf(deployment, pod), args: argsOf(replica) };
      const { start } = await prepare(kubelet, replica, deployment, template);
      const { kill } = await start();
      return { kill, metrics: () => metricsOf(replica) };
    },
  };
}

/** The desired revision of a function, once it differs from the previous one. */
function revisionOf(cluster: Cluster, { name }: FunctionPod, former?: string): Promise<string> {
  return cluster.until({ ...PACKAGE, name }, 'has a revision', (object) => {
    const revision = textAt(object, 'status', 'currentRevision');
    return revision !== former && revision;
  });
}

/** Unpacks the image of a container of a Deployment, and returns how to start it. */
async function prepare(
  { programs, cluster, logFolder, unpack }: Kubelet,
  pod: FunctionPod,
  { metadata }: KubernetesObject,
  template: Container,
) {
  const { certificatesFolder, ...entryPoint } = await unpack(template);
  const mount = () => mountCertificates(cluster, certificatesOf(pod), certificatesFolder);
  const name = `${metadata.name}-${metadata.uid?.slice(0, 5)}-${pod.host}`;
  await mount();
  const common = { name, logFolder, ready: /"msg":"serving"/ };
  return {
    mountCertificates: mount,
    start: () => programs.start({ ...common, ...entryPoint }),
    startScript(script: string) {
      const args = ['--import', 'tsx', script, pod.host, certificatesFolder];
      return programs.start({ ...common, file: process.execPath, args });
    },
  };
}

async function metricsOf({ host }: FunctionPod): Promise<(name: string) => number> {
  const exposition = await (await fetch(`http://${host}:8081/metrics`)).text();
  return (name) => readMetric(exposition, name);
}

const called = z.object({ msg: z.literal('ran function'), composite: z.object({ name: z.string() }) });

function compositesIn(log: string): ReadonlySet<string> {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const calls = lines.flatMap((line) => called.safeParse(JSON.parse(line)).data ?? []);
  return new Set(calls.map(({ composite }) => composite.name));
}

async function applyPackage(cluster: Cluster, image: string): Promise<void> {
  const { name, ...runtimeConfig } = RUNTIME_CONFIG;
  const template = { spec: { containers: [{ name: 'package-runtime', args: argsOf(STANDARD) }] } };
  await cluster.apply({
    ...runtimeConfig,
    metadata: { name },
    spec: { deploymentTemplate: { spec: { selector: {}, template } } },
  });
  await cluster.apply({
    apiVersion: PACKAGE.apiVersion,
    kind: PACKAGE.kind,
    metadata: { name: PACKAGE.name },
    spec: { package: image, runtimeConfigRef: { name: RUNTIME_CONFIG.name } },
  });
}

/** Every pod has a network of its own; here they share one. */
function argsOf({ host }: FunctionPod): string[] {
  return ['serve', '--debug', '--address', `${host}:9443`, '--http-address', `${host}:8081`];
}

const containers = z.array(
  z.object({
    name: z.string(),
    image: z.string(),
    args: z.array(z.string()).optional(),
    env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  }),
);

/** The Deployment that Crossplane makes for a package. */
export function deploymentOf(
  cluster: Cluster,
  label: 'revision' | 'provider',
  name: string,
): Promise<KubernetesObject> {
  const collection = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: CROSSPLANE_NAMESPACE };
  const path = ['spec', 'template', 'metadata', 'labels', `pkg.crossplane.io/${label}`];
  return cluster.follow(
    collection,
    `a Deployment of ${name}`,
    (objects) => [...objects.values()].find((each) => textAt(each, ...path) === name),
    60_000,
  );
}

function containerOf(deployment: KubernetesObject, pod: FunctionPod): Container {
  const all = containers.parse(valueAt(deployment, 'spec', 'template', 'spec', 'containers'));
  const container = all.find(({ name }) => name === 'package-runtime');
  if (container === undefined) throw new HarnessError('NOT_READY', `the Deployment of ${pod.name} has no container`);
  const env = Object.fromEntries(
    container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
  return { image: container.image, args: container.args ?? argsOf(pod), env };
}

/** Writes the status of a Deployment as the kubelet and its controller would: its pod runs. */
export async function makeAvailable(cluster: Cluster, { metadata }: KubernetesObject): Promise<void> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, namespace: CROSSPLANE_NAMESPACE };
  const counts = { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 };
  const available = { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' };
  await cluster.patch(ref, { status: { ...counts, conditions: [available] } }, 'status');
}

/** Writes the certificates as the kubelet does: files that are links through `..data`, which one rename replaces. */
async function mountCertificates(cluster: Cluster, ref: ObjectRef, folder: string): Promise<void> {
  const secret = await cluster.until(
    ref,
    'has certificates',
    (object) => textAt(object, 'data', 'tls.crt') !== undefined && object,
  );
  const version = `..${secret.metadata.resourceVersion}`;
  mkdirSync(join(folder, version), { recursive: true });
  for (const file of ['tls.crt', 'tls.key', 'ca.crt']) {
    writeFileSync(join(folder, version, file), Buffer.from(textAt(secret, 'data', file) ?? '', 'base64'));
    rmSync(join(folder, file), { force: true });
    symlinkSync(join('..data', file), join(folder, file));
  }
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

function certificatesOf({ name }: FunctionPod): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', name: `${name}-tls-server`, namespace: CROSSPLANE_NAMESPACE };
}

async function shownCertificate(host: string): Promise<string> {
  const socket = connect({ host, port: 9443, ALPNProtocols: ['h2'], rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

function readMetric(exposition: string, name: string): number {
  const lines = exposition.split('\n').filter((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  if (lines.length === 0) throw new HarnessError('NOT_REACHED', `${FUNCTION} has no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toolPath } from '../../tools/index.ts';
import type { Access } from '../kubernetes/connection.ts';
import { connect } from '../kubernetes/connection.ts';
import type { Programs } from '../program.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';

const ETCD_URL = 'http://127.0.0.1:2379';
const SERVER = 'https://127.0.0.1:6443';

/** A running API server. */
export interface ApiServer {
  readonly access: Access;
  /** Path of the kubeconfig of its only user, who has all permissions. */
  readonly kubeconfig: string;
  readonly writes: AuditLog['writes'];
}

/** Starts etcd and kube-apiserver with their data in `folder`, and waits until the API server is ready. */
export async function startApiServer(programs: Programs, folder: string, logFolder: string): Promise<ApiServer> {
  const token = randomBytes(16).toString('hex');
  const serviceAccountKey = join(folder, 'service-account.pem');
  const tokenFile = join(folder, 'tokens.csv');
  const certificates = join(folder, 'kube-apiserver');
  mkdirSync(certificates);
  writeFileSync(serviceAccountKey, privateKeyPem());
  writeFileSync(tokenFile, `${token},admin,admin,system:masters\n`);
  await startEtcd(programs, folder, logFolder);
  const audit = createAuditLog(folder, logFolder);
  await programs.start({
    name: 'kube-apiserver',
    file: toolPath('kube-apiserver'),
    args: [
      `--etcd-servers=${ETCD_URL}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--secure-port=6443',
      `--cert-dir=${certificates}`,
      '--endpoint-reconciler-type=none',
      '--feature-gates=SizeBasedListCostEstimate=false',
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokenFile}`,
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${serviceAccountKey}`,
      `--service-account-signing-key-file=${serviceAccountKey}`,
      ...audit.args,
    ],
    env: { GOGC: '400' }, // memory is cheaper here than time
    logFolder,
    ready: /Serving securely on /,
  });
  const caFile = join(certificates, 'apiserver.crt');
  const access = { server: SERVER, token, caCertificate: readFileSync(caFile, 'utf8') };
  await answers(access, programs.signal);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigYaml(access));
  return { access, kubeconfig, writes: audit.writes };
}

function startEtcd(programs: Programs, folder: string, logFolder: string) {
  return programs.start({
    name: 'etcd',
    file: toolPath('etcd'),
    args: [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${ETCD_URL}`,
      `--advertise-client-urls=${ETCD_URL}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--unsafe-no-fsync',
    ],
    logFolder,
    ready: /ready to serve client requests/,
  });
}

// It listens before its first hooks have run, and does not report when they have: polling is the only way.
async function answers(access: Access, signal: AbortSignal): Promise<void> {
  const connection = connect(access);
  const isReady = () => connection.request('/api/v1/namespaces/default').catch(() => undefined);
  while ((await isReady()) === undefined) await delay(50, undefined, { signal });
  await connection.close();
}

function privateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function kubeconfigYaml({ server, token, caCertificate }: Access): string {
  const ca = Buffer.from(caCertificate).toString('base64');
  return `apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: '${server}', certificate-authority-data: ${ca}}}]
users: [{name: admin, user: {token: ${token}}}]
contexts: [{name: e2e, context: {cluster: e2e, user: admin}}]
current-context: e2e
`;
}

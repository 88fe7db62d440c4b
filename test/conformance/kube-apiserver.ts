import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../tools/index.ts';

/** A real kube-apiserver over a real etcd, on free ports of the loopback interface. */
export interface KubeApiServer {
  /** Path of the kubeconfig of a user with all permissions, or of one with only the permissions that RBAC grants. */
  readonly kubeconfig: Readonly<Record<'admin' | 'loader', string>>;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts both and waits until the API server is ready. */
export async function startKubeApiServer(): Promise<KubeApiServer> {
  const work = mkdtempSync(join(tmpdir(), 'kube-apiserver-'));
  const [clientPort, peerPort, apiPort] = await freePorts(3);
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    rmSync(work, { recursive: true, force: true });
  };
  try {
    const run = (name: 'etcd' | 'kube-apiserver', args: string[], ready: RegExp) => {
      const child = spawn(toolPath(name), args, { stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(child);
      return untilPrints(child, name, ready);
    };
    await run(
      'etcd',
      [
        `--data-dir=${join(work, 'etcd')}`,
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
        '--unsafe-no-fsync',
      ],
      /ready to serve client requests/,
    );
    mkdirSync(join(work, 'certificates'));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    writeFileSync(join(work, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(work, 'tokens.csv'), 'admin-token,admin,admin,system:masters\nloader-token,loader,loader\n');
    await run(
      'kube-apiserver',
      [
        `--etcd-servers=${etcdUrl}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        `--secure-port=${apiPort}`,
        `--cert-dir=${join(work, 'certificates')}`,
        '--endpoint-reconciler-type=none',
        '--authorization-mode=RBAC',
        `--token-auth-file=${join(work, 'tokens.csv')}`,
        '--disable-admission-plugins=ServiceAccount',
        '--service-cluster-ip-range=10.0.0.0/24',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${join(work, 'key.pem')}`,
        `--service-account-signing-key-file=${join(work, 'key.pem')}`,
      ],
      /Serving securely on /,
    );
    const kubeconfig = {
      admin: writeKubeconfig(work, 'admin', apiPort),
      loader: writeKubeconfig(work, 'loader', apiPort),
    };
    const kubectl = async (args: readonly string[], input = '') => {
      const running = promisify(execFile)(toolPath('kubectl'), [`--kubeconfig=${kubeconfig.admin}`, ...args], {
        maxBuffer: 64 * 1_048_576,
      });
      running.child.stdin?.end(input);
      return (await running).stdout;
    };
    // It listens before its first hooks have run.
    await retried(() => kubectl(['get', 'namespace', 'default']));
    return { kubeconfig, kubectl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeKubeconfig(work: string, user: string, port: number | undefined): string {
  const path = join(work, `${user}.kubeconfig`);
  const ca = join(work, 'certificates', 'apiserver.crt');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': ca } }],
    users: [{ name: 'a', user: { token: `${user}-token` } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function untilPrints(child: ChildProcess, name: string, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${log.slice(-2_000)}`)));
    child.stderr?.on('data', (data) => {
      log = `${log}${data}`.slice(-10_000);
      if (ready.test(log)) resolve();
    });
  });
}

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries === 60) throw error;
    }
  }
}

/** Ports of the loopback interface that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      server.close();
      await once(server, 'close');
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../tools/index.ts';

/** Debian's docker-registry as a child process on a free loopback port, with a separate store. */
export interface RegistryProcess {
  /** `127.0.0.1:port`. */
  readonly host: string;
  close(): Promise<void>;
}

/** The user of a registry with `basicAuth`. */
export const REGISTRY_USER = { username: 'robot', password: 's3cret-of-robot' } as const;
// htpasswd's bcrypt form, the only one that the registry accepts.
const HTPASSWD = 'robot:$2b$04$5ukb9Sgq.B.nBELx6fxzxuZW1S/.zkMr8ovSgJTma6EBDGEwFtL..\n';

const LISTENING = /listening on (127\.0\.0\.1:\d+)/;

/** Starts a registry: plain, or with TLS (paths of PEM files), or with basic authentication. Waits until it listens. */
export async function startRegistryProcess(
  options: { readonly tls?: { readonly certificate: string; readonly key: string }; readonly basicAuth?: boolean } = {},
): Promise<RegistryProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const config = join(folder, 'config.json');
  const htpasswd = join(folder, 'htpasswd');
  await writeFile(htpasswd, HTPASSWD);
  const { tls, basicAuth = false } = options;
  // The registry reads YAML, which includes JSON.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: '127.0.0.1:0', ...(tls === undefined ? {} : { tls }) },
      ...(basicAuth ? { auth: { htpasswd: { realm: 'test', path: htpasswd } } } : {}),
    }),
  );
  const child = spawn(toolPath('docker-registry'), ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const host = await new Promise<string>((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (data) => {
      log = (log + data).slice(-10_000);
      const found = LISTENING.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}:\n${log}`)));
  });
  return {
    host,
    async close() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

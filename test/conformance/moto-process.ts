import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { toolPath } from '../tools/index.ts';

/** Starts moto, an emulator of AWS, on a free loopback port, and waits until it listens. */
export async function startMoto(): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const child = spawn(toolPath('moto_server'), ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const endpoint = await new Promise<string>((resolve, reject) => {
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        log += data;
        const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code}:\n${log}`)));
  });
  const close = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { endpoint, close };
}

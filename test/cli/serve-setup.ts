import { credentials } from '@grpc/grpc-js';
import { afterEach } from 'vitest';
import { startProgram } from '../program.ts';
import { connect, readLog } from '../server/service.ts';

export const FREE = ['--address', '127.0.0.1:0', '--http-address', '127.0.0.1:0'];

/** Starts the program and clients, and stops them after the test. */
export function serveSetup() {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Starts `serve` and waits until it listens. */
  async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const running = startProgram([...args, ...FREE], env);
    closing.push(() => {
      running.process.kill('SIGKILL');
      return running.ended;
    });
    const log = readLog(running.process.stdout);
    const early = running.ended.then(({ code, stderr }) => {
      throw new Error(`serve ended with ${code}: ${stderr}`);
    });
    const { port, httpPort, tls } = await Promise.race([log.line('serving'), early]);
    early.catch(() => undefined);
    return { ...running, log, address: `127.0.0.1:${port}`, http: `http://127.0.0.1:${httpPort}`, tls };
  }

  function client(address: string, tls = credentials.createInsecure()) {
    const made = connect(address, tls);
    closing.push(() => made.close());
    return made;
  }

  return { closing, serve, client };
}

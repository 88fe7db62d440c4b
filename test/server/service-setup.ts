import { afterEach } from 'vitest';
import { connect, startService } from './service.ts';

/** Starts services and clients, and stops them after the test. */
export function serviceSetup() {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function service(options: Parameters<typeof startService>[0] = {}) {
    const started = await startService(options);
    closing.push(() => started.stop(0));
    return started;
  }

  function client(address: string, options = {}) {
    const made = connect(address, undefined, options);
    closing.push(() => made.close());
    return made;
  }

  return { closing, service, client };
}

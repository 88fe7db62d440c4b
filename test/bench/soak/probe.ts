import { Client, credentials } from '@grpc/grpc-js';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { RUN_FUNCTION } from '../process.ts';
import { seedRequest } from '../requests.ts';

// Sends a plain call of an honest claim every few milliseconds, over a connection of its own and from a process of its own, so that what
// it measures is the service alone. Ends when its parent says so, and tells all latencies.

/** What the probe is told first. */
export interface ProbeStart {
  readonly address: string;
}

/** What it tells at its end. */
export interface ProbeReport {
  readonly latenciesMs: readonly number[];
  readonly failures: number;
}

const EVERY_MS = 20;
const pass = (bytes: Buffer) => bytes;
const request = Buffer.from(encodeRequest(seedRequest));
const latenciesMs: number[] = [];
let failures = 0;

process.once('message', ({ address }: ProbeStart) => {
  const client = new Client(address, credentials.createInsecure());
  const waiting = new Set<number>();
  const timer = setInterval(() => {
    const begin = performance.now();
    waiting.add(begin);
    client.makeUnaryRequest(RUN_FUNCTION, pass, pass, request, (error) => {
      waiting.delete(begin);
      if (error) failures += 1;
      else latenciesMs.push(performance.now() - begin);
    });
  }, EVERY_MS);
  process.once('message', () => {
    clearInterval(timer);
    // What is not answered yet has waited at least so long.
    for (const begin of waiting) latenciesMs.push(performance.now() - begin);
    const report: ProbeReport = { latenciesMs, failures };
    process.send?.(report, () => process.exit(0));
  });
});

import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { createFunction, type RunFunction } from '../../src/function/function.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { call, claimRequest } from './service.ts';
import { serviceSetup } from './service-setup.ts';

const { service, client } = serviceSetup();

describe('stop', () => {
  test('waits for a call in flight and refuses new ones', async () => {
    const gate = new Gate();
    const { address, httpPort, stop } = await service({ run: gate.run });
    const caller = client(address);
    const inFlight = call(caller, claimRequest());
    await gate.reached;
    const stopped = stop(15_000);
    expect((await fetch(`http://127.0.0.1:${httpPort}/readyz`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${httpPort}/livez`)).status).toBe(200);
    await expect(call(client(address), claimRequest())).rejects.toMatchObject({ code: status.UNAVAILABLE });
    gate.open();
    expect(decodeResponse(await inFlight).meta.tag).toBe('a-tag');
    await stopped;
    await expect(fetch(`http://127.0.0.1:${httpPort}/livez`)).rejects.toThrow();
  });

  test('cancels a call at the deadline', async () => {
    const gate = new Gate();
    const { address, stop } = await service({ run: gate.run });
    const inFlight = expect(call(client(address), claimRequest())).rejects.toMatchObject({ code: expect.any(Number) });
    await gate.reached;
    await stop(20);
    await inFlight;
    gate.open();
  });

  test('does not wait for idle clients', async () => {
    const { address, stop } = await service();
    await call(client(address), claimRequest());
    // Longer than a test may take: a stop that waits for the client fails.
    await stop(600_000);
  });
});

/** A function that waits until its gate is opened. */
class Gate {
  readonly #function = createFunction();
  #reach: () => void = () => {};
  open: () => void = () => {};
  readonly reached = new Promise<void>((resolve) => {
    this.#reach = resolve;
  });
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
  readonly run: RunFunction = async (request) => {
    this.#reach();
    await this.#opened;
    return this.#function(request);
  };
}

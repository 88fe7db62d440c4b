import { describe, expect, test } from 'vitest';
import type { RunFunction } from '../../src/function/function.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { call, claimRequest, GARBAGE } from './service.ts';
import { serviceSetup } from './service-setup.ts';

const { service, client } = serviceSetup();

describe('the log of calls', () => {
  test('has one line for each call at level debug', async () => {
    const { address, log } = await service({ level: 'debug' });
    await call(client(address), claimRequest());
    expect(await log.line('ran function')).toMatchObject({
      level: 'debug',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      tag: 'a-tag',
      composite: { kind: 'XWorkloadECRRepo', name: 'example-app-repos-x7x2x' },
      claim: { kind: 'WorkloadECRRepo', namespace: 'default', name: 'example-app-repos' },
      durationMs: expect.any(Number),
      resources: 2,
      results: { fatal: 0, warning: 0, normal: 2 },
    });
    expect(log.lines.filter(({ msg }) => msg === 'ran function')).toHaveLength(1);
  });

  test('has the fatal results of a call', async () => {
    const { address, log } = await service({ level: 'debug' });
    await call(client(address), claimRequest('UPPER'));
    expect(await log.line('ran function')).toMatchObject({
      resources: 0,
      results: { fatal: 1, warning: 1, normal: 0 },
    });
  });

  test('names the composite of a failed call', async () => {
    const run: RunFunction = async () => {
      throw new TypeError('a defect');
    };
    const { address, log } = await service({ run });
    await call(client(address), claimRequest()).catch(() => undefined);
    expect(await log.line('a call failed')).toMatchObject({
      level: 'error',
      composite: { name: 'example-app-repos-x7x2x' },
      claim: { name: 'example-app-repos' },
    });
  });

  test('has the namespace of a namespaced composite, not that of its claimRef', async () => {
    const { address, log } = await service();
    const resource = {
      apiVersion: 'a/v1',
      kind: 'Workload',
      metadata: { namespace: 'team', name: `x\u001b[31m\u202e${'y'.repeat(1_000)}` },
      spec: { claimRef: { kind: 'Workload', namespace: 'other', name: 'z' } },
    };
    await call(client(address), encodeRequest({ observed: { composite: { resource } } }));
    const line = await log.line('ran function');
    expect(line).toMatchObject({ composite: { kind: 'Workload', namespace: 'team' } });
    expect(line).not.toHaveProperty('claim');
    expect(JSON.stringify(line.composite)).toMatch(/"name":"x\\\\u001b\[31m\\\\u202ey{200,253}…"/);
  });

  test('has no line for calls at level info', async () => {
    const { address, log } = await service({ level: 'info' });
    const caller = client(address);
    await call(caller, claimRequest());
    await call(caller, GARBAGE).catch(() => undefined);
    await log.line('refused a malformed request');
    expect(log.lines.map(({ msg }) => msg)).toEqual(['refused a malformed request']);
  });
});

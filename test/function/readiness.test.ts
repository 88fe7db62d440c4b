import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/value.ts';
import { Ready, Severity, Status, Target } from '../../src/protocol/messages.ts';
import { ACCOUNT, AVAILABLE, call, condition, input, observedClassic, REGION, request } from './call.ts';

const IMAGE = 'tap/workloads/example-app-default';
const BUNDLE = `${IMAGE}-bundle`;

const observed = (imageConditions: readonly JsonObject[]) => ({
  imagerepo: observedClassic(IMAGE, imageConditions),
  bundlerepo: observedClassic(BUNDLE, AVAILABLE),
});

describe('a repository', () => {
  for (const { title, conditions, ready, failure } of [
    { title: 'is ready when it is Ready and Synced', conditions: AVAILABLE, ready: true },
    { title: 'is not ready before the provider reported anything', conditions: [], ready: false },
    { title: 'is not ready while only Ready', conditions: [condition('Ready', 'True')], ready: false },
    { title: 'is not ready while only Synced', conditions: [condition('Synced', 'True')], ready: false },
    {
      title: 'is not ready when its last change was refused, though Ready still says True',
      conditions: [condition('Ready', 'True'), condition('Synced', 'False', { message: 'AccessDenied' })],
      ready: false,
      failure: 'AccessDenied',
    },
    {
      title: 'is not ready while Unknown',
      conditions: [condition('Ready', 'Unknown'), condition('Synced', 'True')],
      ready: false,
    },
    {
      title: 'is not ready while the conditions are of an older generation',
      conditions: AVAILABLE.map((one) => ({ ...one, observedGeneration: 1 })),
      ready: false,
    },
    {
      title: 'is ready when the conditions are of this generation',
      conditions: AVAILABLE.map((one) => ({ ...one, observedGeneration: 2 })),
      ready: true,
    },
    {
      title: 'reports the reason of a failure without a message',
      conditions: [condition('Synced', 'False', { reason: 'ReconcileError' })],
      ready: false,
      failure: 'ReconcileError',
    },
  ]) {
    test(title, async () => {
      const response = await call(request({ observed: observed(conditions) }));
      expect(response.desired.resources?.imagerepo?.ready).toBe(ready ? Ready.TRUE : Ready.FALSE);
      expect(response.desired.composite?.resource?.status).toMatchObject({
        repositories: { image: { name: IMAGE, ready }, bundle: { name: BUNDLE, ready: true } },
      });
      const said = response.results.map(({ severity, message }) => ({ severity, message }));
      const message = `ECR repository ${IMAGE} is not ready: ${failure}`;
      expect(said).toEqual(failure ? [{ severity: Severity.WARNING, message }] : []);
      const [, repositoriesReady] = response.conditions;
      expect(repositoriesReady).toMatchObject({
        type: 'RepositoriesReady',
        status: ready ? Status.TRUE : Status.FALSE,
        reason: ready ? 'Available' : failure ? 'RepositoryNotReady' : 'Creating',
        target: Target.COMPOSITE_AND_CLAIM,
      });
    });
  }

  test('shows its URI and ARN once they are observed', async () => {
    const response = await call(request({ observed: observed(AVAILABLE) }));
    expect(response.desired.composite?.resource?.status).toMatchObject({
      repositories: {
        image: {
          name: IMAGE,
          uri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${IMAGE}`,
          arn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${IMAGE}`,
        },
      },
    });
  });

  test('is reported as created only until it is observed', async () => {
    const fresh = await call();
    expect(fresh.results.map(({ reason }) => reason)).toEqual(['ComposeRepository', 'ComposeRepository']);
    const later = await call(request({ observed: observed([]) }));
    expect(later.results).toEqual([]);
  });
});

describe('the ttl', () => {
  for (const { ttl, ready, want, reason } of [
    { ttl: undefined, ready: true, want: 600, reason: 'the default' },
    { ttl: undefined, ready: false, want: 60, reason: 'a minute while something is pending' },
    { ttl: '90s', ready: true, want: 90, reason: 'as configured' },
    { ttl: '1500ms', ready: true, want: 1.5, reason: 'to the millisecond' },
    { ttl: '5s', ready: false, want: 5, reason: 'never longer than configured' },
  ]) {
    test(`is ${want} s with ${ttl ?? 'none'} in the Input, ${ready ? 'all ready' : 'not ready'}: ${reason}`, async () => {
      const fields = { ...(ttl && { ttl }) };
      const response = await call(request({ input: input(fields), observed: ready ? observed(AVAILABLE) : {} }));
      expect(response.meta.ttlSeconds).toBe(want);
    });
  }
});

describe('the metadata of a request', () => {
  test('determine whether the response has conditions', async () => {
    const without = await call(request({ meta: { capabilities: [1, 2, 3] } }));
    expect(without.conditions).toEqual([]);
    for (const capabilities of [undefined, [], [2], [1, 2, 3, 4]]) {
      const response = await call(request({ meta: { ...(capabilities && { capabilities }) } }));
      expect(response.conditions, `capabilities ${capabilities}`).toHaveLength(2);
    }
  });

  test('have the tag, which the response repeats', async () => {
    const response = await call(request({ meta: { tag: 'some-tag' } }));
    expect(response.meta.tag).toBe('some-tag');
  });
});

describe('a repository that is being deleted', () => {
  const going = (conditions: readonly JsonObject[]) => {
    const seen = observedClassic(IMAGE, conditions);
    const metadata = {
      ...(typeof seen.metadata === 'object' ? seen.metadata : {}),
      deletionTimestamp: '2026-11-01T00:00:00Z',
    };
    return { imagerepo: { ...seen, metadata } };
  };
  const told = async (resources: Readonly<Record<string, JsonObject>>) => {
    const { conditions } = await call(request({ observed: resources }));
    return conditions.find(({ type }) => type === 'RepositoriesReady');
  };

  test('is reported as being deleted, not as being created', async () => {
    const bundlerepo = observedClassic(BUNDLE, AVAILABLE);
    expect(await told({ ...going(AVAILABLE), bundlerepo })).toMatchObject({
      status: Status.FALSE,
      reason: 'Deleting',
      message: 'Deleting imagerepo',
    });
  });

  test('is reported together with what else is missing', async () => {
    expect((await told(going([])))?.message).toBe('Deleting imagerepo; 0 of 2 ready, waiting for bundlerepo');
  });

  test('is reported with the reason why it is not deleted', async () => {
    const failing = [condition('Synced', 'False', { message: 'RepositoryNotEmptyException' })];
    expect(await told(going(failing))).toMatchObject({
      reason: 'RepositoryNotReady',
      message: `${IMAGE}: RepositoryNotEmptyException`,
    });
  });
});

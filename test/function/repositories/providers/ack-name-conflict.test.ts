import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { Severity } from '../../../../src/protocol/messages.ts';
import { ACCOUNT, call, composite, input, objectAt, observedClassic, REGION, request } from '../../call.ts';
import { ACK, imageOf, NAME, namespaced, observedAck, SYNCED } from './ack-setup.ts';

describe('a name that another composite has', () => {
  const LABELS = {
    'crossplane.io/composite': 'other',
    'crossplane.io/claim-name': 'theirs',
    'crossplane.io/claim-namespace': 'b',
  };
  const other = (namespace: string, status: JsonObject = {}) =>
    observedAck(
      [],
      {},
      {
        metadata: {
          name: 'y',
          namespace,
          uid: 'other',
          labels: LABELS,
          annotations: { 'services.k8s.aws/region': REGION },
        },
        status,
      },
    );
  const ask = (
    found: Readonly<Record<string, readonly JsonObject[]>>,
    observed: Readonly<Record<string, JsonObject>> = {},
    provider: JsonObject = ACK,
    own = namespaced({}),
  ) =>
    call(
      request({
        input: input({
          provider,
          repositories: [{ name: 'image' }],
          nameConflictFlavors: ['ecr.services.k8s.aws', 'ecr.aws.crossplane.io'],
        }),
        composite: own,
        observed,
        requiredResources: Object.fromEntries(
          Object.entries(found).map(([name, list]) => [name, list.map((resource) => ({ resource }))]),
        ),
        meta: { capabilities: [1, 2, 3, 4, 5] },
      }),
    );
  const ownAsk = 'repository-image+chosen';
  const classicAsk = 'repository-image/ecr.aws.crossplane.io';
  const ackAsk = 'repository-image/ecr.services.k8s.aws';

  test('in one namespace, which has one identity, is refused', async () => {
    const { results } = await ask({ [ownAsk]: [other('default')], [classicAsk]: [] });
    expect(results.at(-1)).toMatchObject({ severity: Severity.FATAL, reason: 'NameConflict' });
    expect(results.at(-1)?.message).toContain('which claim b/theirs already has');
  });

  test('in another namespace, whose account is unknown, is created without adoption or changes', async () => {
    const response = await ask({ [ownAsk]: [other('elsewhere')], [classicAsk]: [] });
    expect(response.conditions.find(({ type }) => type === 'NamesChecked')?.reason).toBe('AccountUnknown');
    const annotations = objectAt(imageOf(response), 'metadata', 'annotations');
    expect(annotations['services.k8s.aws/adoption-policy']).toBeUndefined();
    expect(annotations['services.k8s.aws/deletion-policy']).toBe('retain');
  });

  test('with ACK in the same account, is refused for a claim on another provider, and vice versa', async () => {
    const account = { ackResourceMetadata: { ownerAccountID: ACCOUNT, region: REGION } };
    const own = observedClassic(NAME, [], {
      metadata: {
        uid: 'own',
        annotations: { 'crossplane.io/external-name': NAME },
        creationTimestamp: '2026-03-02T00:00:00Z',
      },
    });
    const classicOwn = await ask(
      { [ownAsk]: [own], [ackAsk]: [other('default', account)] },
      { imagerepo: own },
      { flavor: 'ecr.aws.crossplane.io' },
      composite(),
    );
    expect(classicOwn.results.map(({ reason }) => reason)).toContain('NameConflict');
    const theirs = observedClassic(NAME, [], {
      metadata: {
        uid: 'theirs',
        labels: LABELS,
        annotations: { 'crossplane.io/external-name': NAME },
        creationTimestamp: '2026-03-01T00:00:00Z',
      },
    });
    const mine = observedAck(
      [],
      {},
      {
        metadata: {
          name: 'x',
          namespace: 'default',
          uid: 'own',
          creationTimestamp: '2026-03-02T00:00:00Z',
          annotations: { 'services.k8s.aws/region': REGION },
        },
      },
    );
    const ackOwn = await ask({ [ownAsk]: [mine], [classicAsk]: [theirs] }, { imagerepo: mine });
    expect(ackOwn.results.map(({ reason }) => reason)).toContain('NameConflict');
  });

  test('in another account, is another repository', async () => {
    const account = { ackResourceMetadata: { ownerAccountID: '999999999999', region: REGION } };
    const mine = observedAck(
      [SYNCED],
      {},
      { metadata: { name: 'x', namespace: 'default', uid: 'own', annotations: { 'services.k8s.aws/region': REGION } } },
    );
    const response = await ask(
      { [ownAsk]: [mine, other('elsewhere', account)], [classicAsk]: [] },
      { imagerepo: mine },
    );
    expect(response.results.map(({ reason }) => reason)).not.toContain('NameConflict');
    expect(objectAt(imageOf(response), 'metadata', 'annotations')['workload-ecr.fn.crossplane.io/name-checked']).toBe(
      'true',
    );
  });
});

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { call, objectAt } from '../../call.ts';
import { flavors, requestFor } from '../../settings-table.ts';

const upjet = Object.entries(flavors).filter(([name]) => name.includes('upbound'));

describe.each(upjet)('pollInterval with %s', (_, provider) => {
  const withPolicies = { lifecycle: { keepLast: 5 }, access: { pull: { accounts: ['111122223333'] } } };

  /** The interval of each composed resource. */
  async function intervals(parameters: JsonObject): Promise<JsonObject> {
    const { desired } = await call(requestFor({ ...withPolicies, ...parameters }, provider));
    return Object.fromEntries(
      Object.values(desired.resources ?? {}).map(({ resource = {} }) => [
        String(resource.kind),
        objectAt(resource, 'metadata', 'annotations')['crossplane.io/poll-interval'],
      ]),
    );
  }

  test('is that of a repository and of its policies', async () => {
    expect(await intervals({ pollInterval: '6h' })).toEqual({
      Repository: '6h',
      LifecyclePolicy: '6h',
      RepositoryPolicy: '6h',
    });
  });

  test('is omitted when it is not configured', async () => {
    expect(await intervals({})).toEqual({
      Repository: undefined,
      LifecyclePolicy: undefined,
      RepositoryPolicy: undefined,
    });
  });
});

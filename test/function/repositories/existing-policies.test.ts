import { describe, expect, test } from 'vitest';
import { Status } from '../../../src/protocol/messages.ts';
import { AVAILABLE, type call, condition, objectAt, observedClassic } from '../call.ts';
import { callWith, NAME, observedUpjet, specOf, UPJET } from './observed.ts';

describe('a policy', () => {
  const lifecycle = { lifecycle: { keepLast: 5 } };
  const imagerepo = observedUpjet('Repository', { forProvider: { region: 'eu-west-2' } });
  const nameOf = (response: Awaited<ReturnType<typeof call>>) =>
    Object.keys(response.desired.resources ?? {}).find((name) => name.startsWith('imagelifecycle'));

  test('that is not synced makes its repository not ready', async () => {
    const fresh = await callWith(lifecycle, { imagerepo }, { provider: UPJET });
    const name = nameOf(fresh) ?? '';
    const failing = [condition('Ready', 'True'), condition('Synced', 'False', { message: 'refuse to update' })];
    const response = await callWith(
      lifecycle,
      { imagerepo, [name]: observedUpjet('LifecyclePolicy', {}, {}, failing) },
      { provider: UPJET },
    );
    expect(response.desired.composite?.resource?.status).toMatchObject({
      repositories: {
        image: {
          ready: false,
          synced: true,
          lifecyclePolicy: { ready: false, synced: false, message: 'refuse to update' },
        },
      },
    });
    expect(response.conditions[1]).toMatchObject({
      type: 'RepositoriesReady',
      status: Status.FALSE,
      reason: 'RepositoryNotReady',
      message: `lifecycle policy of ECR repository ${NAME}: refuse to update`,
    });
  });

  test('whose repository does not exist yet is not reported as failing', async () => {
    const failing = [condition('Synced', 'False', { message: 'RepositoryNotFoundException' })];
    const response = await callWith(lifecycle, {
      imagerepo: observedClassic(NAME, []),
      imagelifecycle: { apiVersion: 'ecr.aws.crossplane.io/v1alpha1', status: { conditions: failing } },
    });
    expect(response.results).toEqual([]);
    expect(response.conditions[1]?.reason).toBe('Creating');
  });

  test('with another text is another resource if the provider cannot update texts, and never deletes', async () => {
    const [five, six] = await Promise.all(
      [5, 6].map((keepLast) => callWith({ lifecycle: { keepLast } }, { imagerepo }, { provider: UPJET })),
    );
    expect(five && nameOf(five)).not.toBe(six && nameOf(six));
    expect(five && specOf(five, nameOf(five) ?? '').managementPolicies).toEqual([
      'Observe',
      'Create',
      'Update',
      'LateInitialize',
    ]);
  });

  test('that is no longer configured gets the right to delete, and is then removed', async () => {
    const text = '{"rules":[]}';
    const forProvider = { policy: text, region: 'eu-west-2', repository: NAME };
    const name = 'imagelifecycle-0123abcd';
    const kept = observedUpjet('LifecyclePolicy', { managementPolicies: ['Observe', 'Create'], forProvider });
    const first = await callWith({}, { imagerepo, [name]: kept }, { provider: UPJET });
    expect(specOf(first, name)).toEqual({
      managementPolicies: ['*'],
      forProvider,
      providerConfigRef: { name: 'aws-provider' },
    });
    expect(first.meta.ttlSeconds).toBe(60);
    const deletable = observedUpjet('LifecyclePolicy', { managementPolicies: ['*'], forProvider });
    const second = await callWith({}, { imagerepo, [name]: deletable }, { provider: UPJET });
    expect(Object.keys(second.desired.resources ?? {})).toEqual(['imagerepo']);
  });

  test('that is replaced by another one is removed without deleting', async () => {
    const kept = observedUpjet('LifecyclePolicy', {
      managementPolicies: ['Observe', 'Create'],
      forProvider: { policy: 'old' },
    });
    const response = await callWith(lifecycle, { imagerepo, 'imagelifecycle-0123abcd': kept }, { provider: UPJET });
    expect(Object.keys(response.desired.resources ?? {})).toHaveLength(2);
    expect(response.desired.resources).not.toHaveProperty('imagelifecycle-0123abcd');
  });

  describe('whose repository has another name or region in ECR', () => {
    const both = { ...lifecycle, access: { pull: { accounts: ['111122223333'] } } };
    const renamed = { ...imagerepo, metadata: { annotations: { 'crossplane.io/external-name': 'moved/app' } } };
    const elsewhere = observedUpjet('Repository', { forProvider: { region: 'eu-central-1' } });
    const kinds = { imagelifecycle: 'LifecyclePolicy', imagepolicy: 'RepositoryPolicy' };

    /** The composed resources of a response as Crossplane observes them in the next reconcile, all of them ready. */
    const shown = (response: Awaited<ReturnType<typeof call>>) =>
      Object.fromEntries(
        Object.entries(response.desired.resources ?? {}).map(([name, { resource = {} }]) => [
          name,
          { ...resource, status: { conditions: AVAILABLE } },
        ]),
      );
    const policiesIn = (response: Awaited<ReturnType<typeof call>>) =>
      Object.keys(response.desired.resources ?? {}).filter((name) => /^image(lifecycle|policy)/.test(name));

    test.each([
      { what: 'name', moved: renamed, forProvider: { repository: 'moved/app', region: 'eu-west-2' } },
      { what: 'region', moved: elsewhere, forProvider: { repository: NAME, region: 'eu-central-1' } },
    ])('is another resource, since the provider cannot change that: $what', async ({ moved, forProvider }) => {
      const before = await callWith(both, { imagerepo }, { provider: UPJET });
      expect(policiesIn(before)).toEqual([expect.stringMatching(/^imagelifecycle-/), 'imagepolicy']);
      // Nothing changes while the repository is the same.
      const again = await callWith(both, shown(before), { provider: UPJET });
      expect(policiesIn(again)).toEqual(policiesIn(before));
      const after = await callWith(both, { ...shown(before), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(after).filter((name) => policiesIn(before).includes(name))).toEqual([]);
      for (const [prefix, kind] of Object.entries(kinds)) {
        const [name = ''] = policiesIn(after).filter((one) => one.startsWith(prefix));
        expect(after.desired.resources?.[name]?.resource).toMatchObject({ kind, spec: { forProvider } });
        // The earlier resource is omitted, and may not delete the policy of its repository.
        const [old = ''] = policiesIn(before).filter((one) => one.startsWith(prefix));
        expect(specOf(before, old).managementPolicies).not.toContain('Delete');
      }
      // The names do not change, while the earlier resources exist and afterwards.
      const { imagerepo: _, ...old } = shown(before);
      const next = await callWith(both, { ...old, ...shown(after), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(next)).toEqual(policiesIn(after));
      const last = await callWith(both, { ...shown(next), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(last)).toEqual(policiesIn(after));
      // After the change is reverted, the names are as before.
      const back = await callWith(both, { ...shown(last), imagerepo }, { provider: UPJET });
      expect(policiesIn(back)).toEqual(policiesIn(before));
    });

    test('does not get the right to delete when it is no longer configured', async () => {
      const before = await callWith(both, { imagerepo }, { provider: UPJET });
      const after = await callWith({}, { ...shown(before), imagerepo: renamed }, { provider: UPJET });
      expect(policiesIn(after)).toEqual([]);
    });

    test('is changed in place by the classic provider', async () => {
      const before = await callWith(both, { imagerepo: observedClassic(NAME, AVAILABLE) });
      const after = await callWith(both, { ...shown(before), imagerepo: observedClassic('moved/app', AVAILABLE) });
      expect(policiesIn(after)).toEqual(['imagelifecycle', 'imagepolicy']);
      expect(objectAt(specOf(after, 'imagepolicy'), 'forProvider').repositoryName).toBe('moved/app');
    });
  });

  test('is not confused with a repository whose name begins with its name', async () => {
    const repositories = { repositories: [{ name: 'imagepolicy-x' }, { name: 'imagelifecycle-x' }] };
    const first = await callWith(repositories, {}, { provider: UPJET });
    const observed = Object.fromEntries(
      ['imagerepo', 'imagepolicy-xrepo', 'imagelifecycle-xrepo'].map((name) => {
        return [
          name,
          observedUpjet('Repository', { forProvider: { region: 'eu-west-2' }, managementPolicies: ['Observe'] }),
        ];
      }),
    );
    const response = await callWith(repositories, observed, { provider: UPJET });
    expect(Object.keys(response.desired.resources ?? {})).toEqual(Object.keys(first.desired.resources ?? {}));
    expect(response.desired.resources?.['imagepolicy-xrepo']?.resource?.kind).toBe('Repository');
  });

  test('of the classic provider is removed in the same way', async () => {
    const forProvider = { rawPolicy: '{}', region: 'eu-west-2', repositoryName: NAME };
    const imagepolicy = {
      ...observedUpjet('RepositoryPolicy', { deletionPolicy: 'Orphan', forProvider }),
      apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    };
    const response = await callWith({}, { imagerepo: observedClassic(NAME, AVAILABLE), imagepolicy });
    expect(specOf(response, 'imagepolicy')).toMatchObject({ deletionPolicy: 'Delete', forProvider });
  });
});

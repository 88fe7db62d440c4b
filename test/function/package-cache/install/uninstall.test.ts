import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { objectAt } from '../../call.ts';
import { objectsIn } from '../cluster.ts';
import { INSTALLED, installSetup, source, uidOf } from './install-setup.ts';

const env = installSetup();
const { ofKind, packages, rounds } = env;

describe('a package is removed with onRemoval: Uninstall', () => {
  beforeEach(async () => {
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Uninstall' };
  });

  const removals: { name: string; sources: JsonObject[] }[] = [
    { name: 'its install is removed', sources: [source({ install: undefined })] },
    { name: 'its source is removed', sources: [] },
  ];
  test.each(removals)('when $name', async ({ sources }) => {
    await rounds();
    env.cluster.sources = sources;
    const answer = await env.cluster.reconcile();
    expect(objectsIn(env.cluster.status.keptPackages)).toMatchObject(
      [{ name: 'acme-cfg', message: /removed/ }].map(matching),
    );
    expect(answer.meta.ttlSeconds).toBeLessThanOrEqual(3);
    await rounds();
    expect(packages()).toEqual([]);
    expect(ofKind('ImageConfig')).toEqual([]);
    expect(env.cluster.status.keptPackages).toBeUndefined();
  });

  test('after its protection, if it had one', async () => {
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Keep' };
    await rounds();
    expect(ofKind('ClusterUsage')).toHaveLength(1);
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Uninstall' };
    env.cluster.sources = [];
    await env.cluster.reconcile();
    expect([ofKind('ClusterUsage').length, packages().length]).toEqual([0, 1]);
    await env.cluster.reconcile();
    expect(packages()).toEqual([]);
  });

  test('with the composite', async () => {
    await rounds();
    env.cluster.remove();
    expect(env.cluster.observed.size).toBe(0);
  });

  test('with the composite, also when another one kept it before', async () => {
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Keep' };
    await rounds();
    env.cluster.remove();
    for (const [name, object] of [...env.cluster.observed]) {
      if (object.kind !== 'Configuration') env.cluster.observed.delete(name);
      else {
        const metadata = objectAt(object, 'metadata');
        const ownerReferences = objectsIn(metadata.ownerReferences).map((owner) => ({ ...owner, foreign: true }));
        env.cluster.observed.set(name, { ...object, metadata: { ...metadata, ownerReferences } });
      }
    }
    env.cluster.status = {};
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Uninstall' };
    await rounds(4);
    expect(packages()).toEqual([INSTALLED]);
    env.cluster.remove();
    expect(env.cluster.observed.size).toBe(0);
  });

  test('unless its source is renamed', async () => {
    await rounds();
    const uid = uidOf(ofKind('Configuration')[0]);
    env.cluster.sources = [source({ name: 'other' })];
    await rounds();
    expect(uidOf(ofKind('Configuration')[0])).toBe(uid);
  });

  test('unless the package that its source installs is unknown', async () => {
    await rounds();
    env.cluster.sources = [source({ url: undefined })];
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
  });
});

function matching({ name, message }: { name: string; message: RegExp }) {
  return { name, message: expect.stringMatching(message) };
}

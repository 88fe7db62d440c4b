import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorld, type Tenant, type TenantOptions, tenantOf, type World } from './shared-names.ts';

// Workload a-b in namespace c, and a in b-c, would have repositories of the same name.
const NAME = 'tap/workloads/a-b-c';
const KEY = `123456789012/${NAME}`;
const FIRST: TenantOptions = { workload: 'a-b', namespace: 'c' };
const SECOND: TenantOptions = { workload: 'a', namespace: 'b-c' };
const CLASSIC = 'ecr.aws.crossplane.io';
const UPJET = 'ecr.aws.upbound.io';
const NAMESPACED = 'ecr.aws.m.upbound.io';
const FLAVORS = [CLASSIC, UPJET, NAMESPACED];
const ACCESS = { access: { pull: { accounts: ['666666666666'] } } };

/** Reconciles all until nothing changes any more. */
async function settle(world: World, tenants: readonly Tenant[], rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const tenant of tenants) await world.reconcile(tenant);
    world.provide();
  }
}

const holders = (world: World, tenants: readonly Tenant[]) =>
  tenants.filter((tenant) => world.composed(tenant).has('imagerepo')).map(({ uid }) => uid);

describe('a repository of another composite is not taken over', () => {
  for (const victim of FLAVORS) {
    for (const attacker of FLAVORS) {
      test(`${attacker} does not take it from ${victim}`, async () => {
        const world = createWorld();
        const one = tenantOf('victim', { ...FIRST, flavor: victim });
        const other = tenantOf('attacker', { ...SECOND, flavor: attacker, parameters: ACCESS });
        await settle(world, [one]);
        await settle(world, [one, other]);
        expect(holders(world, [one, other])).toEqual(['victim']);
        expect(world.said.get(other)).toMatchObject({ fatal: true, reasons: ['NameConflict'] });
        world.remove(other);
        expect({ harm: world.harm, kept: world.ecr.has(KEY) }).toEqual({ harm: [], kept: true });
      });
    }
  }

  for (const flavor of FLAVORS) {
    test(`${flavor}: with another provider config of the same account`, async () => {
      const world = createWorld();
      const one = tenantOf('victim', { ...FIRST, flavor });
      const other = tenantOf('attacker', { ...SECOND, flavor, provider: 'second', parameters: ACCESS });
      await settle(world, [one]);
      expect((await world.reconcile(other)).reasons).toContain('AccountUnknown');
      expect([...world.composed(other).keys()], 'no policy before the account is known').toEqual(['imagerepo']);
      world.provide();
      await settle(world, [one, other]);
      expect(holders(world, [one, other])).toEqual(['victim']);
      expect(world.said.get(other)).toMatchObject({ fatal: true, reasons: ['NameConflict'] });
      const policies = world.harm.filter((what) => what.includes('policy') || what.includes('deleted'));
      expect({ policies, kept: world.ecr.has(KEY) }).toEqual({ policies: [], kept: true });
      // The classic provider has no management policies, and changes it temporarily.
      if (flavor !== CLASSIC) expect(world.harm).toEqual([]);
    });

    test(`${flavor}: the repository of another account is a different one`, async () => {
      const world = createWorld();
      const one = tenantOf('one', { ...FIRST, flavor });
      const other = tenantOf('other', { ...SECOND, flavor, provider: 'elsewhere', parameters: ACCESS });
      await settle(world, [one]);
      await settle(world, [one, other]);
      expect(world.said.get(other)).toMatchObject({ fatal: false, reasons: [] });
      expect([...world.ecr.keys()].sort()).toEqual([KEY, `999999999999/${NAME}`]);
      expect(world.ecr.get(`999999999999/${NAME}`)?.policy).toContain('666666666666');
      expect(world.harm).toEqual([]);
    });
  }

  test('by a composite of another kind with the same name', async () => {
    const world = createWorld();
    const one = tenantOf('same', FIRST);
    const impostor = tenantOf('other', SECOND);
    const composite = { ...impostor.composite, kind: 'XOther', metadata: { name: 'same', uid: 'other' } };
    const other = { ...impostor, composite };
    await settle(world, [one]);
    await settle(world, [other]);
    expect(holders(world, [one, other])).toEqual(['same']);
    expect(world.said.get(other)?.reasons).toEqual(['NameConflict']);
  });

  test('when Crossplane cannot show which kinds exist, and the Input lists them', async () => {
    const world = createWorld({ capabilities: [1, 2, 3, 4] });
    const one = tenantOf('victim', FIRST);
    const other = tenantOf('attacker', { ...SECOND, flavor: UPJET });
    const looking = { ...other, input: { ...other.input, nameConflictFlavors: [CLASSIC] } };
    await settle(world, [one, looking]);
    expect(holders(world, [one, looking])).toEqual(['victim']);
  });
});

describe('when two composites compose the same repository at once', () => {
  for (const [older, younger] of [
    [CLASSIC, CLASSIC],
    [UPJET, UPJET],
    [NAMESPACED, NAMESPACED],
    [CLASSIC, NAMESPACED],
    [NAMESPACED, UPJET],
  ] as const) {
    test(`${older} keeps it, and ${younger} releases it without deleting it`, async () => {
      const world = createWorld();
      const one = tenantOf('older', { ...FIRST, flavor: older });
      const other = tenantOf('younger', { ...SECOND, flavor: younger, parameters: ACCESS });
      await world.reconcile(one);
      // Its lookup is from before the other composed anything.
      await world.reconcile(other, 1);
      expect(holders(world, [one, other])).toEqual(['older', 'younger']);
      world.provide();
      await world.reconcile(one);
      const first = await world.reconcile(other);
      expect(first).toMatchObject({ fatal: false, reasons: expect.arrayContaining(['NameConflict']) });
      expect(world.composed(other).get('imagerepo'), 'it may not delete anything before it goes').toMatchObject({
        spec: younger === CLASSIC ? { deletionPolicy: 'Orphan' } : { managementPolicies: ['Observe', 'Create'] },
      });
      await world.reconcile(other);
      expect(holders(world, [one, other])).toEqual(['older']);
      expect(await world.reconcile(other)).toMatchObject({ fatal: true, reasons: ['NameConflict'] });
      await settle(world, [one, other]);
      expect(world.said.get(one)).toMatchObject({ fatal: false, reasons: [] });
      expect({ kept: world.ecr.has(KEY), deleted: world.harm.filter((what) => what.includes('deleted')) }).toEqual({
        kept: true,
        deleted: [],
      });
    });
  }

  test('the other repositories of the younger one are kept', async () => {
    const world = createWorld();
    const one = tenantOf('older', FIRST);
    const second = tenantOf('younger', { ...SECOND, parameters: { repositories: [{ name: 'cache' }] } });
    await world.reconcile(one);
    await world.reconcile(second, 1);
    world.provide();
    await settle(world, [one, second]);
    expect([...world.composed(second).keys()]).toEqual(['cacherepo']);
    expect([...world.ecr.keys()].sort()).toEqual([KEY, `${KEY}-cache`]);
  });

  test('for any order and delay of observations, one keeps it and nothing is deleted', async () => {
    const step = fc.record({
      who: fc.nat({ max: 3 }),
      stale: fc.nat({ max: 6 }),
      provides: fc.boolean(),
    });
    const options = fc.array(fc.constantFrom(...FLAVORS), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(options, fc.array(step, { maxLength: 14 }), async (flavors, steps) => {
        const world = createWorld();
        const tenants = flavors.map((flavor, index) =>
          tenantOf(`tenant-${index}`, { ...(index % 2 === 0 ? FIRST : SECOND), flavor }),
        );
        for (const { who, stale, provides } of steps) {
          const tenant = tenants[who % tenants.length];
          if (tenant) await world.reconcile(tenant, stale);
          if (provides) world.provide();
        }
        await settle(world, tenants, 6);
        const [holder, ...others] = holders(world, tenants);
        expect(others).toEqual([]);
        const refused = tenants.filter((tenant) => world.said.get(tenant)?.reasons.includes('NameConflict'));
        expect(refused.map(({ uid }) => uid)).toEqual(tenants.map(({ uid }) => uid).filter((uid) => uid !== holder));
        for (const tenant of refused) world.remove(tenant);
        expect(world.harm.filter((what) => what.includes('deleted'))).toEqual([]);
        expect([...world.ecr.keys()]).toEqual([KEY]);
      }),
      { numRuns: 40 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { readComposite } from '../../../src/function/observed/composite.ts';
import { FOREIGN_PROJECTION, type Observed, readObserved } from '../../../src/function/observed/managed-resource.ts';
import { NAME_IS_CHECKED, verdictOf } from '../../../src/function/repositories/name-conflict.ts';
import type { RepositoryPlan } from '../../../src/function/repositories/providers/provider.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { decodeStruct, encodeStruct } from '../../../src/protocol/struct.ts';

const NAME = 'tap/app-a';
const ACCOUNT = '123456789012';

const plan: RepositoryPlan = {
  key: 'image',
  composedName: 'imagerepo',
  externalName: NAME,
  settings: {},
  location: { region: 'eu-west-2', providerName: 'aws', providerKind: undefined, namespace: undefined },
  labels: {},
  annotations: {},
  adopts: true,
};

interface Fields {
  readonly uid?: string;
  readonly owner?: string | undefined;
  readonly createdAt?: string;
  readonly name?: string;
  readonly region?: string;
  readonly provider?: JsonObject;
  readonly account?: string | undefined;
  readonly checked?: boolean;
  /** Of our own. */
  readonly ready?: boolean;
  readonly namespace?: string;
  readonly spec?: JsonObject;
  readonly deletionTimestamp?: string;
}

/** A repository as Crossplane shows it. */
function repository(fields: Fields): Observed {
  const { uid = 'object', owner, createdAt = '2026-03-01T09:00:00Z', name = NAME, region = 'eu-west-2' } = fields;
  const { provider = { name: 'aws' }, account, checked = false, namespace, spec, deletionTimestamp } = fields;
  const object = {
    metadata: {
      uid,
      namespace,
      creationTimestamp: createdAt,
      deletionTimestamp,
      annotations: { 'crossplane.io/external-name': name, ...(checked ? NAME_IS_CHECKED : {}) },
      ownerReferences: owner === undefined ? [] : [{ uid: 'not-the-controller' }, { uid: owner, controller: true }],
    },
    spec: { forProvider: { region }, providerConfigRef: provider, ...spec },
    status: { atProvider: { registryId: account } },
  };
  return readObserved(decodeStruct(encodeStruct(object), FOREIGN_PROJECTION));
}

function composite(uid: string | undefined, namespace?: string) {
  return readComposite(encodeStruct({ metadata: { name: 'mine', uid, namespace } }));
}

const mine = { owner: 'mine', uid: 'own' };
const theirs = { owner: 'theirs', uid: 'other' };
const EARLIER = '2026-03-01T08:59:59Z';
const LATER = '2026-03-01T09:00:01Z';

const cases: readonly {
  readonly title: string;
  readonly own?: Fields;
  readonly others: readonly Fields[];
  readonly account?: string;
  readonly namespace?: string;
  readonly isListed?: boolean;
  readonly verdict: string;
}[] = [
  { title: 'no composite has it', others: [], verdict: 'first' },
  { title: 'only this composite has it', own: mine, others: [], verdict: 'alone' },
  { title: 'the provider is still creating it', own: { ...mine, ready: false }, others: [], verdict: 'first' },
  { title: 'the list does not contain our own yet', own: mine, others: [], isListed: false, verdict: 'first' },
  { title: 'another composite has it', others: [theirs], verdict: 'taken' },
  { title: 'an object without an owner has it', others: [{ owner: undefined }], verdict: 'taken' },
  { title: 'the other is older', own: mine, others: [{ ...theirs, createdAt: EARLIER }], verdict: 'taken' },
  { title: 'the other is younger', own: mine, others: [{ ...theirs, createdAt: LATER }], verdict: 'first' },
  {
    title: 'the other is younger, and its name was checked',
    own: mine,
    others: [{ ...theirs, createdAt: LATER, checked: true }],
    verdict: 'taken',
  },
  {
    title: 'both were created in the same second, and our UID is lower',
    own: mine,
    others: [theirs],
    verdict: 'first',
  },
  {
    title: 'both were created in the same second, and our UID is higher',
    own: mine,
    others: [{ ...theirs, owner: 'a' }],
    verdict: 'taken',
  },
  {
    title: 'one of several others is older',
    own: mine,
    others: [
      { ...theirs, createdAt: LATER },
      { owner: 'third', uid: 'third', createdAt: EARLIER },
    ],
    verdict: 'taken',
  },
  { title: 'the label is forged: another name', others: [{ ...theirs, name: 'tap/app-b' }], verdict: 'first' },
  { title: 'the label is forged: another region', others: [{ ...theirs, region: 'us-east-1' }], verdict: 'first' },
  {
    title: 'the other is being deleted with its repository',
    others: [{ ...theirs, deletionTimestamp: LATER }],
    verdict: 'taken',
  },
  {
    title: 'the other is being deleted without its repository',
    others: [{ ...theirs, deletionTimestamp: LATER, spec: { deletionPolicy: 'Orphan' } }],
    verdict: 'first',
  },
  {
    title: 'our object has lost its owner',
    own: { uid: 'own', owner: undefined },
    others: [],
    verdict: 'alone',
  },
  {
    title: 'another provider config, no account known',
    others: [{ ...theirs, provider: { name: 'second' } }],
    verdict: 'unclear',
  },
  {
    title: 'another provider config of the same account',
    account: ACCOUNT,
    others: [{ ...theirs, provider: { name: 'second' }, account: ACCOUNT }],
    verdict: 'taken',
  },
  {
    title: 'another provider config of another account',
    account: ACCOUNT,
    others: [{ ...theirs, provider: { name: 'second' }, account: '999999999999' }],
    verdict: 'first',
  },
  {
    title: 'another account, and our own is shown',
    own: mine,
    account: ACCOUNT,
    others: [{ ...theirs, account: '999999999999' }],
    verdict: 'alone',
  },
  {
    title: 'a ProviderConfig of the same name in another namespace',
    namespace: 'mine',
    others: [{ ...theirs, namespace: 'theirs', provider: { name: 'aws', kind: 'ProviderConfig' } }],
    verdict: 'unclear',
  },
  {
    title: 'a ClusterProviderConfig of the same name, from another namespace',
    namespace: 'mine',
    others: [{ ...theirs, namespace: 'theirs', provider: { name: 'aws', kind: 'ClusterProviderConfig' } }],
    verdict: 'taken',
  },
  {
    title: 'our own may already update and delete, the account is unknown',
    own: mine,
    others: [{ ...theirs, provider: { name: 'second' } }],
    verdict: 'first',
  },
];

describe('the verdict on a name conflict', () => {
  for (const { title, own, others, account, namespace, isListed = true, verdict } of cases) {
    test(`${title}: ${verdict}`, () => {
      const seen = own && { ...repository(own), ready: own.ready ?? true };
      const found = [...(seen && isListed ? [seen] : []), ...others.map(repository)];
      const { kind } = verdictOf({ plan, composite: composite('mine', namespace), own: seen, account, found });
      expect(kind).toBe(verdict);
    });
  }
});

// The description of the account depends on the release of the function that wrote the condition.
test.each(['already has', '(in the registry 123456789012, which is that of the provider config aws, too) already has'])(
  'a repository that was released remains released while the account is unknown: %s',
  (words) => {
    const elsewhere = repository({ owner: 'other', uid: 'theirs', provider: { name: 'second' }, account: ACCOUNT });
    const message = `the image repository is "${NAME}", which a Repository without a composite ${words}; this composite lets go of it`;
    const conditions = [{ type: 'ParametersValid', status: 'False', reason: 'NameConflict', message }];
    const released = readComposite(encodeStruct({ metadata: { name: 'mine', uid: 'mine' }, status: { conditions } }));
    const comparison = { plan, own: undefined, account: undefined, found: [elsewhere] };
    expect(verdictOf({ ...comparison, composite: released }).kind).toBe('taken');
    expect(verdictOf({ ...comparison, composite: composite('mine') }).kind).toBe('unclear');
  },
);

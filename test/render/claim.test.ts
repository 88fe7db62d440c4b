import { describe, expect, test } from 'vitest';
import { compositeOfClaim, isClaimFor } from '../../src/render/claim.ts';
import type { Definition } from '../../src/render/documents/definition.ts';
import { RenderError } from '../../src/render/errors.ts';

const claim = {
  apiVersion: 'test.example.org/v1',
  kind: 'Thing',
  metadata: { name: 'thing', namespace: 'default' },
  spec: { size: 3 },
};

describe('compositeOfClaim', () => {
  test('returns a composite with a deterministic name after the claim', () => {
    const name = Reflect.get(Object(compositeOfClaim(claim, 'XThing').metadata), 'name');
    expect(name).toMatch(/^thing-[a-z0-9]{5}$/);
    expect(compositeOfClaim({ ...claim, spec: { size: 4 } }, 'XThing').metadata).toMatchObject({ name });
    expect(compositeOfClaim({ ...claim, apiVersion: 'test.example.org/v2' }, 'XThing').metadata).toMatchObject({
      name,
    });
    const elsewhere = { ...claim, metadata: { name: 'thing', namespace: 'other' } };
    expect(compositeOfClaim(elsewhere, 'XThing').metadata).not.toMatchObject({ name });
  });

  test('copies labels and annotations except those of Kubernetes', () => {
    const marks = { 'example.org/a': 'b', 'kubectl.kubernetes.io/x': 'y', 'k8s.io/x': 'y', plain: 'z' };
    const metadata = { ...claim.metadata, labels: marks, annotations: marks };
    expect(compositeOfClaim({ ...claim, metadata }, 'XThing').metadata).toMatchObject({
      annotations: { 'example.org/a': 'b', plain: 'z' },
      labels: {
        'example.org/a': 'b',
        plain: 'z',
        'crossplane.io/claim-name': 'thing',
        'crossplane.io/claim-namespace': 'default',
      },
    });
  });

  test('refers to the claim and omits fields that are for the claim only', () => {
    const spec = {
      size: 3,
      compositionSelector: { matchLabels: { a: 'b' } },
      compositionRevisionRef: { name: 'r' },
      compositeDeletePolicy: 'Foreground',
      writeConnectionSecretToRef: { name: 's' },
    };
    expect(compositeOfClaim({ ...claim, spec }, 'XThing').spec).toEqual({
      size: 3,
      compositionSelector: { matchLabels: { a: 'b' } },
      claimRef: { apiVersion: 'test.example.org/v1', kind: 'Thing', namespace: 'default', name: 'thing' },
    });
  });

  for (const [reason, broken] of [
    ['no name', { ...claim, metadata: { namespace: 'default' } }],
    ['no namespace', { ...claim, metadata: { name: 'thing' } }],
    ['no spec', { ...claim, spec: null }],
  ] as const) {
    test(`refuses a claim with ${reason}`, () => {
      expect(() => compositeOfClaim(broken, 'XThing')).toThrow(RenderError);
    });
  }
});

describe('isClaimFor', () => {
  const definition: Definition = {
    name: 'things',
    group: 'test.example.org',
    kind: 'Gadget',
    claimKind: 'Thing',
    schema: 'legacy',
    versions: new Map(),
  };
  for (const [reason, compositeKind, xrd, want] of [
    ['the convention without an XRD', 'XThing', undefined, true],
    ['another kind without an XRD', 'Gadget', undefined, false],
    ['the claim kind of the XRD', 'Gadget', definition, true],
    ['the convention against the XRD', 'XThing', definition, false],
    ['the convention with an XRD without claims', 'XThing', { ...definition, claimKind: undefined }, true],
  ] as const) {
    test(reason, () => expect(isClaimFor(claim, compositeKind, xrd)).toBe(want));
  }
});

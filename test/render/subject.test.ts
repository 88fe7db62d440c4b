import { describe, expect, test } from 'vitest';
import type { Composition } from '../../src/render/documents/composition.ts';
import { RenderError } from '../../src/render/errors.ts';
import { subjectOf } from '../../src/render/subject.ts';

const composition = (kind: string): Composition => ({
  name: 'workloadecrrepo',
  labels: {},
  compositeType: { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind },
  mode: 'Pipeline',
  pipeline: [],
  connectionSecretsNamespace: undefined,
});

const object = (kind: string, apiVersion = 'tap.vrabbi.cloud/v1alpha1') => ({
  apiVersion,
  kind,
  metadata: { name: 'shop', namespace: 'default' },
  spec: {},
});

describe("the error for an object of another kind than the Composition's", () => {
  test.each([
    {
      what: 'a claim of another kind',
      given: object('WorkloadEcrRepo'),
      kind: 'XWorkloadECRRepo',
      says: 'cannot render WorkloadEcrRepo shop: Composition workloadecrrepo is for XWorkloadECRRepo and its claims, WorkloadECRRepo (tap.vrabbi.cloud/v1alpha1), not for WorkloadEcrRepo; did you mean WorkloadECRRepo?',
    },
    {
      what: 'a claim of another version',
      given: object('WorkloadECRRepo', 'tap.vrabbi.cloud/v1beta1'),
      kind: 'XWorkloadECRRepo',
      says: 'cannot render WorkloadECRRepo shop: Composition workloadecrrepo is for WorkloadECRRepo (tap.vrabbi.cloud/v1alpha1), not for tap.vrabbi.cloud/v1beta1',
    },
    {
      what: 'a composite of another kind, with an XRD without claims',
      given: object('Deployment', 'apps/v1'),
      kind: 'WorkloadECRRepo',
      says: 'cannot render Deployment shop: Composition workloadecrrepo is for WorkloadECRRepo (tap.vrabbi.cloud/v1alpha1), not for Deployment',
    },
  ])('$what', ({ given, kind, says }) => {
    expect(() => subjectOf(given, composition(kind), undefined)).toThrow(new RenderError('WRONG_COMPOSITION', says));
  });
});

import { isObject, type JsonObject } from '../../src/json/value.ts';
import { objectAt } from '../function/call.ts';
import { schemasOf } from '../function/schemas/checks.ts';
import { classicCrds } from '../function/schemas/classic.ts';
import { upjetCrds } from '../function/schemas/upjet.ts';
import { objectProblems } from './kubernetes.ts';

const schemas = schemasOf([...classicCrds, ...upjetCrds]);

/** Kinds that are not of ECR, whose shape other tests pin. */
const OTHERS = new Set([
  'v1/ConfigMap',
  'v1/Secret',
  'kubernetes.crossplane.io/v1alpha2/Object',
  'pkg.crossplane.io/v1/Configuration',
  'pkg.crossplane.io/v1/Provider',
  'pkg.crossplane.io/v1/Function',
  'pkg.crossplane.io/v1beta1/ImageConfig',
]);

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const ECR_NAME = /^(?=.{2,256}$)[a-z](?:[a-z0-9]|[._/-](?=[a-z0-9]))*$/;
const MAX_REPOSITORY_POLICY = 10_240;
const LIFECYCLE_POLICY = { min: 100, max: 30_720 };

/** What Kubernetes, the provider's CRD or ECR would refuse of a composed resource. */
export function composedProblems(resource: JsonObject): string[] {
  const gvk = `${resource.apiVersion}/${resource.kind}`;
  if (OTHERS.has(gvk)) return objectProblems(resource);
  const parsed = schemas.get(gvk)?.safeParse(resource);
  if (parsed === undefined) return [`no CRD of ${gvk} is known`];
  const refused = parsed.success ? [] : [`${gvk}: ${parsed.error.message}`];
  return [...refused, ...objectProblems(resource), ...ecrProblems(resource)];
}

function ecrProblems(resource: JsonObject): string[] {
  const name = objectAt(resource, 'metadata', 'annotations')['crossplane.io/external-name'];
  const problems: string[] = [];
  if (resource.kind === 'Repository' && !(typeof name === 'string' && ECR_NAME.test(name))) {
    problems.push(`the repository name ${JSON.stringify(name)}`);
  }
  const { policy, rawPolicy, lifecyclePolicyText } = objectAt(resource, 'spec', 'forProvider');
  const access = rawPolicy ?? (resource.kind === 'RepositoryPolicy' ? policy : undefined);
  const lifecycle = lifecyclePolicyText ?? (resource.kind === 'LifecyclePolicy' ? policy : undefined);
  if (access !== undefined) problems.push(...textProblems(access, 1, MAX_REPOSITORY_POLICY));
  if (lifecycle !== undefined) problems.push(...textProblems(lifecycle, LIFECYCLE_POLICY.min, LIFECYCLE_POLICY.max));
  return problems;
}

function textProblems(text: unknown, min: number, max: number): string[] {
  if (typeof text !== 'string' || text.length < min || text.length > max) return [`a policy text of another length`];
  return isObject(JSON.parse(text)) ? [] : ['a policy text that is not an object'];
}

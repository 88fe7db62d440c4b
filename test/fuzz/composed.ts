import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { isObject, type JsonObject } from '../../src/json/value.ts';
import { objectAt } from '../function/call.ts';
import { ackCrds } from '../function/schemas/ack.ts';
import { schemasOf } from '../function/schemas/checks.ts';
import { classicCrds } from '../function/schemas/classic.ts';
import { upjetCrds } from '../function/schemas/upjet.ts';
import { objectProblems } from './kubernetes.ts';

const schemas = schemasOf([...classicCrds, ...upjetCrds, ...ackCrds]);

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

const { RepositoryName, LifecyclePolicyText, RepositoryPolicyText } = ECR_MODEL.shapes;
const ECR_NAME = new RegExp(`^(?=.{${RepositoryName.min},${RepositoryName.max}}$)${RepositoryName.pattern}$`);

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
  // ACK has its fields in spec itself, and the policies of a repository among them.
  const spec = objectAt(resource, 'spec');
  const name = objectAt(resource, 'metadata', 'annotations')['crossplane.io/external-name'] ?? spec.name;
  const problems: string[] = [];
  if (resource.kind === 'Repository' && !(typeof name === 'string' && ECR_NAME.test(name))) {
    problems.push(`the repository name ${JSON.stringify(name)}`);
  }
  const { policy, rawPolicy, lifecyclePolicyText } = objectAt(resource, 'spec', 'forProvider');
  const access = rawPolicy ?? (resource.kind === 'RepositoryPolicy' ? policy : spec.policy);
  const lifecycle = lifecyclePolicyText ?? (resource.kind === 'LifecyclePolicy' ? policy : spec.lifecyclePolicy);
  if (access !== undefined) problems.push(...textProblems(access, 1, RepositoryPolicyText.max));
  if (lifecycle !== undefined) {
    problems.push(...textProblems(lifecycle, LifecyclePolicyText.min, LifecyclePolicyText.max));
  }
  return problems;
}

function textProblems(text: unknown, min: number, max: number): string[] {
  if (typeof text !== 'string' || text.length < min || text.length > max) return [`a policy text of another length`];
  return isObject(JSON.parse(text)) ? [] : ['a policy text that is not an object'];
}

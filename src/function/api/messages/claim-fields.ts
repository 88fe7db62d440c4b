import type { Json } from '../../../json/value.ts';
import { isObject } from '../../../json/value.ts';
import type { Problem } from '../input-error.ts';
import { formatPath } from './field-path.ts';
import { belongsTo } from './unknown-field.ts';

/** The names of parameters in the providers and AWS. A claim with one of them would not have the effect that its author expects. */
export const PROVIDER_WORDS: Readonly<Record<string, string>> = {
  providerConfigRef:
    'use providerName and providerKind (ClusterProviderConfig or ProviderConfig) instead; a namespaced reference needs both',
  providerConfig: 'use providerName and providerKind (ClusterProviderConfig or ProviderConfig) instead',
  forceDelete: 'use deletion: Force instead',
  deletionPolicy: 'use deletion: Retain, IfEmpty or Force instead',
  imageTagMutability: 'use imageTags: {mutability: Mutable or Immutable} instead',
  imageTagMutabilityExclusionFilter: 'use imageTags: {mutability: …, except: […]} instead',
  imageScanningConfiguration: 'use scanOnPush: true or false instead',
  encryptionConfiguration: 'use encryption: {type: AES256, KMS or KMS_DSSE, kmsKey: …} instead',
  lifecyclePolicy: 'use lifecycle: {keepLast, untaggedDays, rules or policy} instead',
  repositoryPolicy: 'use access: {pull, push or policy} instead',
};

/** Names that other pipeline steps may use, each with the parameter that the author may mean. */
const COMMON_WORDS: Readonly<Record<string, string>> = {
  immutable: 'imageTags: {mutability: Immutable}',
  immutableTags: 'imageTags: {mutability: Immutable}',
  scan: 'scanOnPush: true',
  scanning: 'scanOnPush: true',
  name: 'workloadName',
  workload: 'workloadName',
  prefix: 'repoPrefix',
  awsRegion: 'region',
  location: 'region',
  retention: 'lifecycle: {keepLast or untaggedDays}',
  force: 'deletion: Force',
  kms: 'encryption: {type: KMS, kmsKey: …}',
  labels: 'tags, which are AWS tags',
  registry: 'repoPrefix, with the host of the registry in front',
  policy: 'access: {policy: …} or lifecycle: {policy: …}',
};

const MAX_WARNINGS = 20;

/** A claim's fields and the known names. */
export interface ClaimFields {
  readonly parameters: Json | undefined;
  /** The fields of `spec` other than `parameters` and those of Crossplane. */
  readonly beside: readonly string[];
  /** The schema of `spec.parameters`, and the names of its fields. */
  readonly schema: unknown;
  readonly known: readonly string[];
  /** The fields of the Input. */
  readonly inputFields: readonly string[];
}

/** Returns the fields of a claim that this function does not read, each with the field that the author may mean. */
export function unreadFields({ parameters, beside, schema, known, inputFields }: ClaimFields): Problem[] {
  const given = isObject(parameters) ? Object.keys(parameters) : [];
  const within = given
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: formatPath('spec.parameters', [key]), message: meaningOf(key, schema, inputFields) }));
  const outside = beside.map((key) => ({
    path: formatPath('spec', [key]),
    message: besideMessage(key, known, inputFields),
  }));
  return [...within, ...outside].slice(0, MAX_WARNINGS);
}

function meaningOf(key: string, schema: unknown, inputFields: readonly string[]): string {
  if (Object.hasOwn(COMMON_WORDS, key)) return `unknown field; did you mean ${COMMON_WORDS[key]}?`;
  if (inputFields.includes(key)) return OF_INPUT;
  const places = belongsTo(key, schema)?.slice(0, 2) ?? [];
  return places.length > 0 ? `unknown field; it belongs in ${places.join(' or ')}` : UNREAD;
}

function besideMessage(key: string, known: readonly string[], inputFields: readonly string[]): string {
  if (known.includes(key)) return 'unknown field; it belongs in spec.parameters; indent it below parameters';
  if (Object.hasOwn(PROVIDER_WORDS, key)) return `unknown field; in spec.parameters, ${PROVIDER_WORDS[key]}`;
  return inputFields.includes(key) ? OF_INPUT : UNREAD;
}

const OF_INPUT = "unknown field; it is a field of the Composition's input, which only the platform writes";
const UNREAD =
  'unknown field, which this function does not read; remove it, unless another step of the Composition reads it';

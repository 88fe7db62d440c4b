import type { Json } from '../../../json/value.ts';
import { isObject } from '../../../json/value.ts';
import type { Problem } from '../input-error.ts';
import { formatPath } from './field-path.ts';
import { belongsTo } from './unknown-field.ts';

/** The words of the providers, of AWS and of other tools for our parameters: a claim with one of them would not mean what its author thinks. */
export const PROVIDER_WORDS: Readonly<Record<string, string>> = {
  providerConfigRef:
    'is said with providerName, and with providerKind (ClusterProviderConfig or ProviderConfig), since a namespaced reference needs both',
  providerConfig: 'is said with providerName, and with providerKind (ClusterProviderConfig or ProviderConfig)',
  forceDelete: 'is said with deletion: Force',
  deletionPolicy: 'is said with deletion: Retain, IfEmpty or Force',
  imageTagMutability: 'is said with imageTags: {mutability: Mutable or Immutable}',
  imageTagMutabilityExclusionFilter: 'is said with imageTags: {mutability: …, except: […]}',
  imageScanningConfiguration: 'is said with scanOnPush: true or false',
  encryptionConfiguration: 'is said with encryption: {type: AES256, KMS or KMS_DSSE, kmsKey: …}',
  lifecyclePolicy: 'is said with lifecycle: {keepLast, untaggedDays, rules or policy}',
  repositoryPolicy: 'is said with access: {pull, push or policy}',
};

/** Words that other steps of a pipeline may well use, with what they mean here. */
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

/** A claim's fields, and the names that there are. */
export interface ClaimFields {
  readonly parameters: Json | undefined;
  /** The fields beside `spec.parameters`, but for those of Crossplane. */
  readonly beside: readonly string[];
  /** The schema of `spec.parameters`, and the names of its fields. */
  readonly schema: unknown;
  readonly known: readonly string[];
  /** The fields of the Input. */
  readonly inputFields: readonly string[];
}

/** Returns the fields of a claim that this function does not read, each with what its author may have meant. */
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
  if (Object.hasOwn(COMMON_WORDS, key)) return `unknown field; here it is said with ${COMMON_WORDS[key]}`;
  if (inputFields.includes(key)) return OF_INPUT;
  const places = belongsTo(key, schema)?.slice(0, 2) ?? [];
  return places.length > 0 ? `unknown field, belongs in ${places.join(' or ')}` : UNREAD;
}

function besideMessage(key: string, known: readonly string[], inputFields: readonly string[]): string {
  if (known.includes(key)) return 'unknown field, belongs in spec.parameters; indent it below parameters';
  if (Object.hasOwn(PROVIDER_WORDS, key)) return `unknown field; in spec.parameters it ${PROVIDER_WORDS[key]}`;
  return inputFields.includes(key) ? OF_INPUT : UNREAD;
}

const OF_INPUT = "unknown field; it is a field of the Composition's input, which only the platform writes";
const UNREAD =
  'unknown field, which this function does not read; take it out, unless another step of the Composition reads it';

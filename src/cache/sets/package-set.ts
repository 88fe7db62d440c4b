import * as z from 'zod/mini';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { parseAs } from '../../internal/parse-as.ts';
import { quote } from '../../internal/quote.ts';
import { CacheError } from '../errors.ts';
import { DOMAIN } from './config-map.ts';

/** The name and version of a package set: packages with the objects that install them. */
export interface PackageSet {
  readonly name: string;
  readonly version: string;
}

/** The labels of every object of a package set. */
export const PACKAGE_SET_LABELS = {
  name: `${DOMAIN}/package-set`,
  version: `${DOMAIN}/package-set-version`,
} as const;

/** The maximum length of a name: the name of the record is a DNS label that contains it. */
const MAX_NAME = 50;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/;
// The syntax of label values: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
const VERSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Checks the name and version of a set. Throws `INVALID_OPTION`. */
export function checkPackageSet({ name, version }: PackageSet): PackageSet {
  if (!NAME.test(name)) {
    const rule = `at most ${MAX_NAME} lower-case letters, digits and dashes, beginning and ending with a letter or digit`;
    throw new CacheError('INVALID_OPTION', `invalid name of a set ${quote(name)}: it must have ${rule}`);
  }
  if (!VERSION.test(version)) {
    const rule =
      'at most 63 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit';
    throw new CacheError('INVALID_OPTION', `invalid version of a set ${quote(version)}: it must have ${rule}`);
  }
  return { name, version };
}

/** Returns the name of a set whose first package has this name, shortened if it is too long. */
export function defaultSetName(packageName: string): string {
  if (packageName.length <= MAX_NAME) return packageName;
  return `${packageName.slice(0, MAX_NAME - 9)}-${sha256Hex(packageName).slice(0, 8)}`;
}

/** Returns the version of a set whose first package has this tag and digest: the tag if it is a valid label value, else part of the digest. */
export function defaultSetVersion({ tag, digest }: { readonly tag: string | undefined; readonly digest: string }) {
  return tag !== undefined && VERSION.test(tag) ? tag : digest.replace(':', '-').slice(0, 'sha256-'.length + 12);
}

/** Returns the labels of the objects of a set. */
export function packageSetLabels({ name, version }: PackageSet): Readonly<Record<string, string>> {
  return { [PACKAGE_SET_LABELS.name]: name, [PACKAGE_SET_LABELS.version]: version };
}

/** Returns the set and version that labels name; undefined if they name none. */
export function packageSetOf(labels: Readonly<Record<string, string>> = {}): PackageSet | undefined {
  const [name, version] = [labels[PACKAGE_SET_LABELS.name], labels[PACKAGE_SET_LABELS.version]];
  const isValid = name !== undefined && version !== undefined && NAME.test(name) && VERSION.test(version);
  return isValid ? { name, version } : undefined;
}

/** A package of a record. */
export interface RecordedPackage {
  readonly source: string;
  readonly version?: string | undefined;
  readonly digest: string;
}

/** An object of a record; ConfigMaps are in the namespace of the record. */
export interface RecordedObject {
  readonly kind: string;
  readonly name: string;
}

/** The record of a version of a set, which is its last object and is applied last. */
export interface SetRecord extends PackageSet {
  readonly packages: readonly RecordedPackage[];
  /** All objects except the record itself. */
  readonly objects: readonly RecordedObject[];
}

const RECORD_KEY = 'set.json';
/** The maximum number of objects of a set, so that the list fits into a ConfigMap. */
export const MAX_SET_OBJECTS = 5_000;

const schema = z.object({
  format: z.literal(1),
  name: z.string().check(z.regex(NAME)),
  version: z.string().check(z.regex(VERSION)),
  packages: z
    .array(
      z.object({
        source: z.string().check(z.minLength(1), z.maxLength(1_024)),
        version: z.optional(z.string().check(z.maxLength(128))),
        digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
      }),
    )
    .check(z.maxLength(MAX_SET_OBJECTS)),
  objects: z
    .array(z.object({ kind: z.string().check(z.maxLength(63)), name: z.string().check(z.maxLength(253)) }))
    .check(z.maxLength(MAX_SET_OBJECTS)),
});

/** Returns the name of the ConfigMap that is the record of a set. */
export function recordName(set: string): string {
  return `package-set-${set}`;
}

/** A ConfigMap with labels, without its content. */
export interface LabelledConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

/** A ConfigMap that is the record of a set. */
export interface RecordConfigMap extends LabelledConfigMap {
  readonly data: Readonly<Record<string, string>>;
}

/** Returns the ConfigMap of a record. The same set gives the same object. */
export function recordConfigMap({ name, version, packages, objects }: SetRecord, namespace: string): RecordConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: recordName(name), namespace, labels: packageSetLabels({ name, version }) },
    data: { [RECORD_KEY]: JSON.stringify({ format: 1, name, version, packages, objects }) },
  };
}

/** Parses the record of a set from the data of its ConfigMap; `where` is for the message. Throws `INVALID_MEMBER`. */
export function readRecord(data: Readonly<Record<string, string>>, where: string): SetRecord {
  const parsed = parseAs(data[RECORD_KEY] ?? '', schema);
  if ('value' in parsed) return parsed.value;
  throw new CacheError('INVALID_MEMBER', `cannot read the record of a package set in ${where}: ${parsed.problem}`);
}

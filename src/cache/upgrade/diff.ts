import { isSameJson } from '../../json/canonical.ts';
import { isList, isObject, type Json } from '../../json/value.ts';
import type { KubernetesApi } from '../loader/cluster/kubernetes-api.ts';
import { LABELS } from '../sets/config-map.ts';
import { PACKAGE_SET_LABELS, type RecordedPackage } from '../sets/package-set.ts';
import { fetchRecord, listSetObjects } from './cluster.ts';
import { fieldAt, nameObject, objectPath, readSetObject, type SetObject, toJsonObject } from './objects.ts';

/** One side of a comparison. */
export interface DiffSide {
  /** The version for output: `v1.0.0`, or `none`. */
  readonly version: string;
  readonly packages: readonly RecordedPackage[];
  readonly objects: readonly SetObject[];
  /** True for the live side, to which the API server adds fields. */
  readonly isLive: boolean;
}

type Change = 'added' | 'removed' | 'changed';

/** A package that differs: the version and digest on each side that has it. */
export interface PackageChange {
  readonly source: string;
  readonly change: Change;
  readonly old?: Omit<RecordedPackage, 'source'> | undefined;
  readonly new?: Omit<RecordedPackage, 'source'> | undefined;
}

/** An object that differs. */
export interface ObjectChange {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly change: Change;
  /** The fields that differ, if both sides have the object. */
  readonly fields?: readonly string[] | undefined;
}

/** The difference between two versions of a set; both lists are empty if they are equal. */
export interface SetDiff {
  readonly old: string;
  readonly new: string;
  readonly packages: readonly PackageChange[];
  readonly objects: readonly ObjectChange[];
}

/** Compares two sides, ignoring the version label. */
export function diffSets(old: DiffSide, next: DiffSide): SetDiff {
  return {
    old: old.version,
    new: next.version,
    packages: diffPackages(old.packages, next.packages),
    objects: diffObjects(old, next),
  };
}

function diffPackages(old: readonly RecordedPackage[], next: readonly RecordedPackage[]): PackageChange[] {
  const [before, after] = [bySource(old), bySource(next)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((source): PackageChange[] => {
    const [one, other] = [before.get(source), after.get(source)];
    if (one && other && one.digest === other.digest && one.version === other.version) return [];
    return [{ source, change: changeOf(one, other), old: one, new: other }];
  });
}

function bySource(packages: readonly RecordedPackage[]): Map<string, Omit<RecordedPackage, 'source'>> {
  return new Map(packages.map(({ source, version, digest }) => [source, { version, digest }]));
}

function changeOf(old: unknown, next: unknown): Change {
  return old === undefined ? 'added' : next === undefined ? 'removed' : 'changed';
}

function diffObjects(old: DiffSide, next: DiffSide): ObjectChange[] {
  const [before, after] = [old, next].map(({ objects }) => new Map(objects.map((one) => [nameObject(one), one])));
  const changes: ObjectChange[] = [];
  for (const key of [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort()) {
    const [one, other] = [before?.get(key), after?.get(key)];
    const object = one ?? other;
    if (object === undefined) continue;
    const fields = one && other && changedFields(one, other, old.isLive, next.isLive);
    if (fields?.length === 0) continue;
    const { kind, namespace, name } = object;
    const where = namespace === '' ? {} : { namespace };
    changes.push({ kind, ...where, name, change: changeOf(one, other), ...(fields ? { fields } : {}) });
  }
  return changes;
}

const FIELDS = ['data', 'binaryData', 'immutable'];

function changedFields(old: SetObject, next: SetObject, oldIsLive: boolean, nextIsLive: boolean): string[] {
  const isSame = (one: Json | undefined, other: Json | undefined) => {
    if (oldIsLive) return isWithin(other, one);
    return nextIsLive ? isWithin(one, other) : isSameJson(one, other);
  };
  const specs = [fieldAt(old.value, 'spec'), fieldAt(next.value, 'spec')];
  const specKeys = new Set(specs.flatMap((spec) => (isObject(spec) ? Object.keys(spec) : [])));
  const paths = [...FIELDS.map((field) => [field]), ...[...specKeys].map((key) => ['spec', key])];
  const fields = paths.filter((path) => !isSame(fieldAt(old.value, ...path), fieldAt(next.value, ...path)));
  const labels = [PACKAGE_SET_LABELS.name, ...Object.values(LABELS)].filter(
    (label) => old.labels[label] !== next.labels[label],
  );
  return [...fields.map((path) => path.join('.')), ...labels.map((label) => `metadata.labels[${label}]`)].sort();
}

/** True when the live value has everything that is written; the API server adds defaults. */
function isWithin(written: Json | undefined, live: Json | undefined): boolean {
  if (written === undefined) return true;
  if (isList(written)) {
    return (
      isList(live) && live.length === written.length && written.every((item, index) => isWithin(item, live[index]))
    );
  }
  if (!isObject(written)) return isSameJson(written, live);
  return isObject(live) && Object.keys(written).every((key) => isWithin(fieldAt(written, key), fieldAt(live, key)));
}

/** Reads the live side: the objects with the label of the set. Throws `API`. */
export async function readLiveSide(api: KubernetesApi, namespace: string, set: string): Promise<DiffSide> {
  const record = await fetchRecord(api, namespace, set);
  const objects: SetObject[] = [];
  for (const listed of await listSetObjects(api, namespace)) {
    if (listed.set.name !== set) continue;
    const value = toJsonObject(await api.get(objectPath(listed)));
    // The object may have been deleted since it was listed.
    if (value !== undefined) objects.push(readSetObject(value, nameObject(listed)));
  }
  return { version: record?.version ?? 'none', packages: record?.packages ?? [], objects, isLive: true };
}

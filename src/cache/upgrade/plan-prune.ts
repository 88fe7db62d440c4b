import { listed } from '../../internal/quote.ts';
import { compareVersions, parseVersion } from '../../oci/index.ts';
import { CacheError } from '../errors.ts';
import { needsArtifact, type Revision } from '../loader/revisions.ts';
import { REVISION_ANNOTATION, SOURCE_ANNOTATION } from '../sets/config-map.ts';
import { recordName, type SetRecord } from '../sets/package-set.ts';
import type { ListedObject } from './cluster.ts';
import type { InstalledPackage, PinnedImages } from './installed.ts';
import { isPackageKind, nameObject } from './objects.ts';

/** Selects the objects of a set to remove. */
export interface PruneRequest {
  readonly namespace: string;
  readonly set: string;
  /** The versions to remove. Default: those that are older than the last applied one. */
  readonly versions?: readonly string[] | undefined;
  /** Removes every version, and the record. */
  readonly all: boolean;
  /** Also deletes packages: Crossplane then deletes their XRDs and CRDs with all custom resources. */
  readonly uninstall: boolean;
}

/** An object of the set that is kept, and the reason. */
export interface KeptObject {
  readonly object: ListedObject;
  readonly reason: string;
}

/** The objects to remove, in order, and the selected objects that are kept. */
export interface PrunePlan {
  /** The last applied version; undefined if the set has no record. */
  readonly current: string | undefined;
  readonly remove: readonly ListedObject[];
  readonly keep: readonly KeptObject[];
}

/** The state of a cluster that determines what may be removed. */
export interface PruneState {
  /** The objects of all sets. */
  readonly objects: readonly ListedObject[];
  /** The records of all sets with objects, by name; undefined for a set without a record. */
  readonly records: ReadonlyMap<string, SetRecord | undefined>;
  readonly revisions: readonly Revision[];
  readonly installed: readonly InstalledPackage[];
  /** The images that ImageConfigs of the sets pin, by the name of the ImageConfig. */
  readonly pins: PinnedImages;
}

/** Decides which objects to remove. Throws `INCOMPLETE` if the needs of a set are unknown. */
export function planPrune(request: PruneRequest, state: PruneState): PrunePlan {
  const { set, all, uninstall } = request;
  const record = state.records.get(set);
  refuseUnknown(request, state);
  const own = state.objects.filter((object) => object.set.name === set);
  const isRecord = (object: ListedObject) => object.kind === 'ConfigMap' && object.name === recordName(set);
  const asked = own.filter((object) => !isRecord(object) && isAsked(object, request, record));
  const leaving = new Set<string>();
  const remove: ListedObject[] = [];
  const keep: KeptObject[] = [];
  // Packages first: objects that only they need are removed, too.
  for (const object of asked.filter(({ kind }) => isPackageKind(kind))) {
    const reason = packageReason(object, uninstall, request, state, leaving);
    if (reason !== undefined) keep.push({ object, reason });
    else {
      remove.push(object);
      leaving.add(nameObject(object));
    }
  }
  const staying = {
    revisions: state.revisions.filter((one) => !leaving.has(`${one.kind} ${one.package}`)),
    installed: state.installed.filter((one) => !leaving.has(nameObject({ ...one, namespace: '' }))),
  };
  for (const object of asked.filter(({ kind }) => !isPackageKind(kind))) {
    const reason = otherSet(object, request, state) ?? neededBy(object, { ...state, ...staying });
    if (reason === undefined) remove.push(object);
    else keep.push({ object, reason });
  }
  const records = all && keep.length === 0 ? own.filter(isRecord) : [];
  return { current: record?.version, remove: [...remove, ...records], keep };
}

function refuseUnknown({ set, all, versions }: PruneRequest, { records }: PruneState): void {
  const unknown = [...records].filter(([name, record]) => record === undefined && name !== set).map(([name]) => name);
  if (unknown.length > 0) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot prune: the objects that the set ${listed(unknown, 3)} needs are unknown, as its record is missing; apply the set again, or prune it first with --all`,
    );
  }
  if (records.get(set) === undefined && !all && versions === undefined) {
    throw new CacheError(
      'INCOMPLETE',
      `cannot prune: the current version of ${set} is unknown, as its record is missing; apply a version again, or select the versions with --set-version or --all`,
    );
  }
}

function isAsked(object: ListedObject, { all, versions }: PruneRequest, record: SetRecord | undefined): boolean {
  const { version } = object.set;
  if (all) return true;
  // The record takes precedence over the label: all objects that it lists belong to the current version.
  if (isListed(object, record)) return false;
  if (versions !== undefined) return versions.includes(version);
  return record !== undefined && version !== record.version;
}

function isListed({ kind, name }: ListedObject, record: SetRecord | undefined): boolean {
  return record?.objects.some((one) => one.kind === kind && one.name === name) ?? false;
}

function otherSet(object: ListedObject, { set, all, versions }: PruneRequest, { records }: PruneState) {
  for (const [name, record] of records) {
    if (name !== set && isListed(object, record)) return `the set ${name} ${record?.version} needs it`;
  }
  const current = records.get(set)?.version;
  if (all || versions !== undefined || current === undefined) return undefined;
  return isNewer(object.set.version, current)
    ? `${object.set.version} is newer than the current version ${current}`
    : undefined;
}

/** True if a version is newer than the other; false if they cannot be compared. */
function isNewer(version: string, than: string): boolean {
  const [one, other] = [parseVersion(version), parseVersion(than)];
  return one !== undefined && other !== undefined && compareVersions(one, other) > 0;
}

function packageReason(
  object: ListedObject,
  uninstall: boolean,
  request: PruneRequest,
  state: PruneState,
  leaving: ReadonlySet<string>,
): string | undefined {
  if (!uninstall) return 'it is installed; --uninstall deletes it, with its XRDs and CRDs and their custom resources';
  const other = otherSet(object, request, state);
  if (other !== undefined) return other;
  const found = state.installed.find(({ kind, name }) => kind === object.kind && name === object.name);
  if (found === undefined) return undefined;
  const own = new Set(state.objects.filter(({ set }) => set.name === request.set).map(nameObject));
  const needing = found.neededBy.filter((one) => !leaving.has(one) && !(request.all && own.has(one)));
  return needing.length > 0 ? `${listed(needing, 3)} depends on it` : undefined;
}

/** Returns the reason why an installed package still needs a ConfigMap or ImageConfig. */
function neededBy(
  object: ListedObject,
  { revisions, installed, pins }: Pick<PruneState, 'revisions' | 'installed' | 'pins'>,
): string | undefined {
  if (object.kind === 'ImageConfig') {
    const prefixes = pins.get(object.name) ?? [];
    const isPinned = (image: string) => prefixes.some((prefix) => image.startsWith(prefix));
    const revision = revisions.find(({ image }) => isPinned(image));
    if (revision !== undefined) return revisionReason(revision);
    const found = installed.find(({ image }) => isPinned(image));
    return found && `${found.kind} ${found.name} requests ${found.image}`;
  }
  const source = object.annotations[SOURCE_ANNOTATION];
  const digest = /sha256:[0-9a-f]{64}$/.exec(object.annotations[REVISION_ANNOTATION] ?? '')?.[0];
  if (source === undefined || digest === undefined) return mountedReason(object, revisions);
  const revision = revisions.find((one) => needsArtifact(one, { source, digest }));
  return revision && revisionReason(revision);
}

function revisionReason({ name, kind, isActive }: Revision): string {
  if (isActive) return `the active ${kind}Revision ${name} needs it`;
  return `${kind}Revision ${name} needs it for a rollback; delete the revision to release it`;
}

/**
 * Returns the reason to keep a ConfigMap with a whole cache: it does not list its packages, so it is kept while any package is installed.
 */
function mountedReason({ name }: ListedObject, revisions: readonly Revision[]): string | undefined {
  return revisions.length > 0 ? `packages are installed, and ${name} does not list its packages` : undefined;
}

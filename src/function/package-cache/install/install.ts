import { imageConfig, packageManifest } from '../../../cache/sets/package-objects.ts';
import type { JsonObject } from '../../../json/value.ts';
import { Ready, type Resource } from '../../../protocol/messages.ts';
import { replaceEntries } from '../../../protocol/replace-entries.ts';
import { manifestOf } from '../decide-sources.ts';
import { companionNameOf, SOURCE_ANNOTATION, usageNameOf } from '../names.ts';
import { isTrue, type ObservedObject, type ObservedPackage } from './observed-packages.ts';
import type { PackageOutcome } from './packages.ts';

/** The ways to keep packages from being deleted. */
export interface Protection {
  /** False if packages are deleted with the claim that requested them. */
  readonly keep: boolean;
  /** True when Crossplane has ClusterUsages. */
  readonly usages: boolean;
}

/** Settings of all packages of a composite. */
export interface InstallSettings extends Protection {
  /**
   * True for Crossplane before 2.2, which looks up a package in its cache by its reference without the last number of a tag: v1.2.4 would
   * be installed with the content of v1.2.3. The Lock then keeps the version of the first installation.
   */
  readonly tagsCollide: boolean;
}

type Resources = Map<string, Resource>;

/** Returns the desired packages, the ImageConfigs that pin their tags, and the objects that protect them. */
export function installResources(outcomes: readonly PackageOutcome[], settings: InstallSettings): Resources {
  const resources: Resources = new Map();
  for (const outcome of outcomes) {
    if (outcome.state === 'removed') continue;
    const { keep } = settings;
    // A tag cannot be pinned to two digests. Until the other package is removed, this one is installed by its digest.
    const others = outcomes.filter((other) => other !== outcome).map(({ observed }) => observed?.image);
    if (outcome.state === 'applied') applyPackage(resources, outcome, others, settings);
    else holdPackage(resources, outcome, keep && outcome.state !== 'released');
    if (keep && outcome.observed) protect(resources, outcome, settings);
  }
  return resources;
}

/**
 * Returns owners that make an object outlive its composite. Kubernetes deletes an object after all of its owners are deleted. The composite
 * is one owner, and the package itself is another, which exists until the package is deleted.
 */
export function ownersOf(found: ObservedPackage | undefined, keep: boolean): JsonObject[] | undefined {
  return !keep || found?.uid === undefined ? undefined : [ownerOf(found, found.name)];
}

function ownerOf({ kind, uid }: ObservedPackage, name: string): JsonObject {
  return { apiVersion: 'pkg.crossplane.io/v1', kind, name, uid };
}

/**
 * Returns the owners of the package itself. A package that must no longer be kept may still have the reference of another composite that
 * kept it before. Omitting the reference would not remove it, so it is changed to refer to an object that does not exist, which has no
 * effect.
 */
function packageOwners(found: ObservedPackage | undefined, keep: boolean): JsonObject[] | undefined {
  if (keep || !found?.ownsItself) return ownersOf(found, keep);
  return [ownerOf(found, `${found.name.slice(0, 240)}-released`)];
}

/** Composes a package from the revision in the cluster, without a request to a registry. */
function applyPackage(
  resources: Resources,
  outcome: PackageOutcome,
  others: readonly (string | undefined)[],
  { keep, tagsCollide }: InstallSettings,
): void {
  const { kind, name, composedName, sourceOutcome, observed, pin } = outcome;
  const { install } = sourceOutcome?.plan.source ?? {};
  const artifact = sourceOutcome?.current && manifestOf(sourceOutcome.current)?.artifact;
  if (sourceOutcome?.current?.kind !== 'observed' || install === undefined || artifact === undefined) return;
  const { source, digest } = artifact;
  const revision = sourceOutcome.current.revision ?? digest;
  const byDigest = `${source}@${digest}`;
  const byTag = `${source}:${revision.slice(0, revision.indexOf('@'))}`;
  const isOther = observed !== undefined && !(observed.image === byTag && (pin?.byDigest ?? byDigest) === byDigest);
  const isFree = !others.includes(byTag) && !(tagsCollide && isOther);
  const isPinned = revision.includes('@') && install.pinTag !== false && isFree;
  const image = isPinned ? byTag : byDigest;
  const { packagePullPolicy = kind === 'Configuration' ? 'Never' : 'IfNotPresent', skipDependencyResolution } = install;
  const ownerReferences = ownersOf(observed, keep);
  const annotations = { [SOURCE_ANNOTATION]: sourceOutcome.plan.name };
  const manifest = packageManifest({ kind, name, image, packagePullPolicy, skipDependencyResolution });
  const metadata = { ...manifest.metadata, annotations, ownerReferences: packageOwners(observed, keep) };
  resources.set(composedName, { resource: { ...manifest, metadata }, ready: readiness(isHealthy(observed)) });
  if (!isPinned) return;
  const config = imageConfig(image, byDigest);
  resources.set(pin?.composedName ?? companionNameOf(composedName, 'imageconfig'), {
    resource: { ...config, metadata: { name: pin?.name ?? config.metadata.name, ownerReferences } },
    ready: readiness(pin !== undefined),
  });
}

/** Keeps a package unchanged, without the fields that the cluster added. */
function holdPackage(resources: Resources, { observed, pin }: PackageOutcome, keep: boolean): void {
  if (observed === undefined) return;
  const ownerReferences = ownersOf(observed, keep);
  const annotations = observed.source === undefined ? undefined : { [SOURCE_ANNOTATION]: observed.source };
  const hold = ({ composedName, name, struct }: ObservedObject, metadata: JsonObject, ready: boolean) => {
    const values = { metadata: { name, ...metadata }, status: undefined };
    resources.set(composedName, { struct: replaceEntries(struct, values), ready: readiness(ready) });
  };
  hold(observed, { annotations, ownerReferences: packageOwners(observed, keep) }, isHealthy(observed));
  if (pin) hold(pin, { ownerReferences }, true);
}

/** Makes Crossplane refuse to delete the package while the composite exists. */
function protect(
  resources: Resources,
  { kind, name, composedName, usage }: PackageOutcome,
  { usages }: Protection,
): void {
  if (!usages && usage === undefined) return;
  resources.set(usage?.composedName ?? companionNameOf(composedName, 'clusterusage'), {
    resource: {
      apiVersion: 'protection.crossplane.io/v1beta1',
      kind: 'ClusterUsage',
      metadata: { name: usageNameOf(kind, name) },
      spec: {
        of: { apiVersion: 'pkg.crossplane.io/v1', kind, resourceRef: { name } },
        reason:
          "A package cache installed this package; set packageCache.onRemoval: Uninstall in the Composition's input to remove it",
      },
    },
    // Without Crossplane's usage controller, it would never become ready, and nothing depends on it.
    ready: Ready.TRUE,
  });
}

/** True when Crossplane has installed the package, and it is healthy. */
export function isHealthy(found: ObservedPackage | undefined): boolean {
  return found !== undefined && isTrue(found.conditions, 'Installed') && isTrue(found.conditions, 'Healthy');
}

function readiness(ready: boolean): number {
  return ready ? Ready.TRUE : Ready.FALSE;
}

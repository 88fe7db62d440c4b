import { imageConfig, packageManifest, packageName } from '../../cache/sets/package-objects.ts';
import type { JsonObject } from '../../json/value.ts';
import { Ready, type Resource } from '../../protocol/messages.ts';
import { holds, installNameOf, type ObservedInstall } from './observed.ts';
import { keepObserved } from './resources.ts';
import { manifestOf, type Settled } from './settle.ts';

/**
 * The package that installs what a source carries, and the ImageConfig that pins its tag. Both follow from the revision in the cluster,
 * so no registry is asked for them; while there is none, what was installed stays.
 */
export function installResources(
  { plan, current }: Settled,
  observed: readonly ObservedInstall[],
): Map<string, Resource> {
  const { install } = plan.source;
  const resources = new Map<string, Resource>();
  if (install === undefined) return resources;
  const artifact = current && manifestOf(current)?.artifact;
  const add = (part: 'package' | 'imageconfig', resource: JsonObject) => {
    const composedName = installNameOf(plan.name, part);
    const seen = observed.find((one) => one.composedName === composedName);
    resources.set(composedName, { resource, ready: isReady(part, seen) ? Ready.TRUE : Ready.FALSE });
  };
  if (artifact === undefined) {
    for (const { composedName, struct, conditions } of observed) {
      const ready = isReady(composedName.endsWith('-package') ? 'package' : 'imageconfig', { conditions });
      resources.set(composedName, { struct: keepObserved(struct), ready: ready ? Ready.TRUE : Ready.FALSE });
    }
    return resources;
  }
  const { source, digest } = artifact;
  const revision = current?.kind === 'new' ? current.wanted.revision : (current?.revision ?? digest);
  const tag = revision.includes('@') && install.pinTag !== false ? revision.slice(0, revision.indexOf('@')) : undefined;
  const name = install.name ?? packageName(source);
  const byDigest = `${source}@${digest}`;
  const image = tag === undefined ? byDigest : `${source}:${tag}`;
  const {
    kind,
    packagePullPolicy = kind === 'Configuration' ? 'Never' : 'IfNotPresent',
    skipDependencyResolution,
  } = install;
  add('package', packageManifest({ kind, name, image, packagePullPolicy, skipDependencyResolution }));
  if (tag !== undefined) add('imageconfig', imageConfig(image, byDigest));
  return resources;
}

function isReady(part: 'package' | 'imageconfig', seen: Pick<ObservedInstall, 'conditions'> | undefined): boolean {
  if (seen === undefined) return false;
  return part === 'imageconfig' || (holds(seen.conditions, 'Installed') && holds(seen.conditions, 'Healthy'));
}

import * as z from 'zod/mini';
import { CacheError } from '../errors.ts';
import type { ArtifactId } from '../sets/manifest.ts';
import { ApiStatusError, type KubernetesApi } from './cluster/kubernetes-api.ts';
import type { PlacementRecord } from './target/records.ts';

/** True when a package revision of the cluster needs the file that a manifest describes. */
export type IsNeeded = (file: Pick<PlacementRecord, 'manifest'>) => boolean;

/** The fields of a package revision that name the file of the cache that it needs. */
export interface Revision {
  /** The kind of its package. */
  readonly kind: 'Configuration' | 'Provider' | 'Function';
  /** `metadata.name`. */
  readonly name: string;
  /** The name of its package, which is its owner. */
  readonly package: string;
  /** True for the active revision; a package can be rolled back to the others. */
  readonly isActive: boolean;
  /** `spec.image`: the requested package. */
  readonly image: string;
  /** `status.resolvedImage`: the package after Crossplane's ImageConfigs. */
  readonly resolvedImage?: string | undefined;
}

const schema = z.object({
  items: z.pipe(
    z.nullable(
      z.array(
        z.object({
          metadata: z._default(
            z.object({ name: z._default(z.string(), ''), labels: z._default(z.record(z.string(), z.string()), {}) }),
            { name: '', labels: {} },
          ),
          spec: z.object({ image: z.string(), desiredState: z._default(z.string(), 'Active') }),
          status: z.optional(z.object({ resolvedImage: z.optional(z.string()) })),
        }),
      ),
    ),
    z.transform((items) => items ?? []),
  ),
});

/** The label with the name of a revision's package (Crossplane v1.20 to v2.4, LabelParentPackage). */
const PACKAGE_LABEL = 'pkg.crossplane.io/package';

const KINDS = ['Configuration', 'Provider', 'Function'] as const;

/** Lists the package revisions of a cluster, none for kinds that are not installed. Throws `API`. */
export async function listRevisions(api: KubernetesApi): Promise<Revision[]> {
  const revisions: Revision[] = [];
  for (const kind of KINDS) {
    const path = `/apis/pkg.crossplane.io/v1/${kind.toLowerCase()}revisions`;
    const response = await api.get(path);
    if (response === undefined) continue;
    const parsed = schema.safeParse(response);
    if (!parsed.success)
      throw new CacheError(
        'API',
        `cannot read ${path} from the Kubernetes API: the response is not a list of revisions`,
      );
    for (const { metadata, spec, status } of parsed.data.items) {
      revisions.push({
        kind,
        name: metadata.name,
        package: metadata.labels[PACKAGE_LABEL] ?? '',
        isActive: spec.desiredState === 'Active',
        image: spec.image,
        resolvedImage: status?.resolvedImage,
      });
    }
  }
  return revisions;
}

/**
 * True when the revision needs the file: both have the same source, and the digest of the revision, if its image or its resolved image has
 * one, is the file's. A file without a known origin is never needed.
 */
export function isNeededBy({ manifest: { artifact } }: Pick<PlacementRecord, 'manifest'>, revision: Images): boolean {
  return needsArtifact(revision, artifact);
}

type Images = Pick<Revision, 'image' | 'resolvedImage'>;

/** Does the same as {@link isNeededBy}, for the artifact of a file. */
export function needsArtifact({ image, resolvedImage = '' }: Images, artifact: ArtifactId | undefined): boolean {
  if (artifact === undefined || sourceOf(image) !== artifact.source) return false;
  const digest = digestOf({ image, resolvedImage });
  if (digest !== undefined) return digest === artifact.digest;
  // A revision of a tag has no reliable digest: its name ends with a part of the digest in some versions only.
  return true;
}

/** Returns the digest in the image of a revision, or in its resolved image. */
export function digestOf({ image, resolvedImage = '' }: Images): string | undefined {
  return digestIn(image) ?? digestIn(resolvedImage);
}

/** Returns the source of an image. As in Crossplane, the tag of `repository:tag@digest` is part of the source. */
function sourceOf(image: string): string {
  const name = image.split('@')[0] ?? '';
  const colon = name.lastIndexOf(':');
  const hasTag = !image.includes('@') && colon > name.lastIndexOf('/');
  return hasTag ? name.slice(0, colon) : name;
}

function digestIn(image: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
}

/** Lists package revisions to find out which files they need. Without permission to list them, every file counts as needed. */
export async function neededByRevisions(api: KubernetesApi, onForbidden: OnForbidden): Promise<IsNeeded> {
  const revisions = await allowedRevisions(api, onForbidden);
  return (file) => revisions === undefined || revisions.some((revision) => isNeededBy(file, revision));
}

type OnForbidden = (error: CacheError) => void;

/** Does the same as {@link listRevisions}; returns undefined without permission. */
export async function allowedRevisions(api: KubernetesApi, onForbidden: OnForbidden): Promise<Revision[] | undefined> {
  try {
    return await listRevisions(api);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    onForbidden(error);
    return undefined;
  }
}

/** True when the cluster has Crossplane v1 and not v2; false without permission to find out. */
export async function isFirstCrossplane(api: KubernetesApi): Promise<boolean> {
  try {
    return (await api.get('/apis/apiextensions.crossplane.io/v2')) === undefined;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return false;
  }
}

function isForbidden(error: unknown): error is CacheError {
  return error instanceof CacheError && error.cause instanceof ApiStatusError && error.cause.status === 403;
}

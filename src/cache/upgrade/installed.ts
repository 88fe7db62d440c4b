import * as z from 'zod/mini';
import { CacheError } from '../errors.ts';
import type { KubernetesApi } from '../loader/cluster/kubernetes-api.ts';
import { collectionPath, PACKAGE_KINDS } from './objects.ts';

/** An installed package. */
export interface InstalledPackage {
  readonly kind: (typeof PACKAGE_KINDS)[number];
  readonly name: string;
  /** `spec.package`. */
  readonly image: string;
  /** The packages that depend on it, by kind and name. */
  readonly neededBy: readonly string[];
}

/** The prefixes of images that ImageConfigs rewrite, by the name of the ImageConfig. */
export type PinnedImages = ReadonlyMap<string, readonly string[]>;

const metadata = z.object({ name: z.string() });
const packages = listOf(
  z.object({
    metadata,
    spec: z.object({ package: z.string() }),
    status: z.optional(z.object({ currentRevision: z.optional(z.string()) })),
  }),
);
const imageConfigs = listOf(
  z.object({
    metadata,
    spec: z.object({ matchImages: z.array(z.object({ prefix: z.string() })), rewriteImage: z.optional(z.unknown()) }),
  }),
);
const lock = z.object({
  packages: z._default(
    z.nullable(
      z.array(
        z.object({
          name: z.string(),
          source: z.string(),
          dependencies: z._default(z.nullable(z.array(z.object({ package: z.string() }))), []),
        }),
      ),
    ),
    [],
  ),
});

function listOf<T extends z.ZodMiniType>(item: T) {
  return z.object({
    items: z.pipe(
      z.nullable(z.array(item)),
      z.transform((items) => items ?? []),
    ),
  });
}

/** Fetches the installed packages, their dependents from Crossplane's Lock, and the pinned images. Throws `API`. */
export async function fetchInstalled(
  api: KubernetesApi,
): Promise<{ readonly installed: readonly InstalledPackage[]; readonly pins: PinnedImages }> {
  const found: (Omit<InstalledPackage, 'neededBy'> & { readonly revision: string | undefined })[] = [];
  for (const kind of PACKAGE_KINDS) {
    const { items } = await read(api, collectionPath(kind, ''), packages, { items: [] });
    for (const {
      metadata: { name },
      spec,
      status,
    } of items) {
      found.push({ kind, name, image: spec.package, revision: status?.currentRevision });
    }
  }
  const locked = (await read(api, '/apis/pkg.crossplane.io/v1beta1/locks/lock', lock, { packages: [] })).packages ?? [];
  const installed = found.map(({ revision, ...one }): InstalledPackage => {
    const source = locked.find(({ name }) => name === revision)?.source;
    const needing = locked.filter(({ dependencies }) => dependencies?.some((each) => each.package === source) ?? false);
    const neededBy = needing.map(({ name }) => {
      const by = found.find((each) => each.revision === name);
      return by === undefined ? name : `${by.kind} ${by.name}`;
    });
    return { ...one, neededBy: source === undefined ? [] : neededBy };
  });
  const { items } = await read(api, collectionPath('ImageConfig', ''), imageConfigs, { items: [] });
  const pins = new Map(
    items.map(({ metadata: { name }, spec }) => [name, spec.matchImages.map(({ prefix }) => prefix)]),
  );
  return { installed, pins };
}

/** Fetches an object or list; returns `absent` if it does not exist. */
async function read<T>(api: KubernetesApi, path: string, schema: z.ZodMiniType<T>, absent: T): Promise<T> {
  const value = await api.get(path);
  if (value === undefined) return absent;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CacheError('API', `cannot read ${path} from the Kubernetes API: the response is invalid`);
}

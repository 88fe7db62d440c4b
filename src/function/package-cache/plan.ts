import { isEcrHost } from '../../aws/registry-host.ts';
import type { SourceRequest } from '../../cache/artifacts/request.ts';
import { parseRepositoryUrl, registryProblem } from '../../cache/artifacts/url.ts';
import { isCollision } from '../../cache/sets/cache-name.ts';
import type { ArtifactId } from '../../cache/sets/manifest.ts';
import { parseDuration } from '../../go/duration.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { InputError, type Problem } from '../api/input-error.ts';
import type { PackageCacheInput, Source } from '../api/package-cache.ts';
import { registriesFor, sourceProblem } from '../api/trust.ts';
import type { Composite } from '../observed/composite.ts';
import { connectionProblem, networksOf } from './connection/connection.ts';
import type { ListedSources } from './sources.ts';

/** The input of the plan of a composite's package cache. */
export interface CacheContext {
  readonly composite: Composite;
  readonly prefix: string;
  readonly input: PackageCacheInput;
  /** The known observed URIs of the workload's repositories, by their keys. */
  readonly uris: ReadonlyMap<string, string>;
}

/** A source with its defaults applied. */
export interface SourcePlan {
  readonly name: string;
  readonly source: Source;
  /** The base of the names of this source's sets; identifies the composite. */
  readonly base: string;
  /** The namespace of the ConfigMaps. */
  readonly namespace: string;
  /** The namespace of the Secrets. */
  readonly secretsNamespace: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly keep: number;
  /** The repository as in package references; undefined while it is unknown. */
  readonly repository: string | undefined;
  /** The part of an artifact to store. */
  readonly content: SourceRequest['content']['kind'];
  /** The request without the values from Secrets; the reason why it is not allowed; or undefined while the repository's URI is unknown. */
  readonly target: FetchTarget | { readonly notAllowed: string } | undefined;
  /** The contradiction in the source, as a sentence. */
  readonly contradiction: string | undefined;
}

/** The parts of a request that are known before any Secret is read. */
export interface FetchTarget {
  readonly repository: SourceRequest['repository'];
  readonly selection: SourceRequest['selection'];
  readonly content: SourceRequest['content'];
  readonly networks: SourceRequest['networks'];
}

const DEFAULT_INTERVAL_S = 600;
/** The minimum interval in seconds. Shorter ones would cause continuous requests to registries. */
const SHORTEST_INTERVAL_S = 10;
const DEFAULT_TIMEOUT_S = 60;
const DEFAULT_KEEP = 1;

/** Plans each source. A request that is not allowed is reported in its plan; a contradiction throws {@link InputError}. */
export function planSources(packages: ListedSources, context: CacheContext): SourcePlan[] {
  const { sources, path } = packages;
  const problems = sources.flatMap((source, index) => impossible(source, `${path}[${index}]`, context));
  if (problems.length > 0) throw new InputError(problems);
  return withoutCollisions(sources.map((source) => planSource(source, packages, context)));
}

/**
 * Refuses a source whose package has the same file name in the cache as that of an earlier source. This is known in advance if the sources
 * have digests; otherwise, it is checked when the digests are resolved (see decide-sources.ts).
 */
function withoutCollisions(plans: readonly SourcePlan[]): SourcePlan[] {
  const taken: { readonly name: string; readonly id: ArtifactId }[] = [];
  return plans.map((plan) => {
    const id = pinnedPackage(plan);
    if (id === undefined || plan.contradiction !== undefined) return plan;
    const other = taken.find((earlier) => isCollision(id, earlier.id));
    if (other === undefined) {
      taken.push({ name: plan.name, id });
      return plan;
    }
    const contradiction = `its package has the same name in Crossplane's package cache as that of the earlier source ${other.name}; use another repository for one of them`;
    return { ...plan, contradiction };
  });
}

function pinnedPackage({ repository, content, target }: SourcePlan): ArtifactId | undefined {
  if (repository === undefined || content !== 'package' || target === undefined || 'notAllowed' in target) return;
  const { selection } = target;
  return selection.kind === 'digest' ? { source: repository, digest: selection.digest } : undefined;
}

function impossible({ install }: Source, path: string, { composite, input }: CacheContext): Problem[] {
  if (!composite.namespaced) return [];
  const problems: Problem[] = [];
  if (install) {
    const message = `is cluster scoped, but ${composite.kind} ${composite.name} is in a namespace and can only have resources of that namespace; remove install and apply the ${install.kind} yourself, or use the claim of the cluster-scoped XRD`;
    problems.push({ path: `${path}.install`, message });
  }
  if (input.objects) {
    const message = `must not be set for a namespaced composite, which can compose ConfigMaps but not cluster-scoped Objects; remove it`;
    problems.push({ path: 'input.packageCache.objects', message });
  }
  return problems;
}

function planSource(source: Source, packages: ListedSources, context: CacheContext): SourcePlan {
  const { composite, prefix, input } = context;
  const namespace = composite.namespaced ? (composite.namespace ?? input.namespace) : input.namespace;
  const seconds = (text: string | undefined, otherwise: number) => parseDuration(text ?? '') ?? otherwise;
  const url = urlOf(source, context);
  const parsed = url === undefined ? undefined : parseRepositoryUrl(url);
  return {
    name: source.name,
    source,
    base: `${prefix}${source.name}-${placeHash(composite, namespace)}`,
    namespace,
    secretsNamespace: composite.namespace ?? input.namespace,
    intervalMs: 1_000 * Math.max(SHORTEST_INTERVAL_S, seconds(source.interval, DEFAULT_INTERVAL_S)),
    timeoutMs: 1_000 * seconds(source.timeout, DEFAULT_TIMEOUT_S),
    keep: source.keep ?? DEFAULT_KEEP,
    repository: parsed && 'repository' in parsed ? nameOf(parsed.repository) : undefined,
    content: source.content ?? 'package',
    contradiction: contradictionOf(source),
    target: parsed && targetOf(source, parsed, packages, context),
  };
}

/**
 * Returns a hash of the composite and the namespace of ConfigMaps, so that each composite stores content in its own ConfigMaps, and in
 * different ones for each namespace.
 */
function placeHash({ apiVersion, kind, namespace, name }: Composite, ofConfigMaps: string): string {
  const place = JSON.stringify([apiVersion.split('/')[0], kind, namespace, name, ofConfigMaps]);
  return sha256Hex(place).slice(0, 8);
}

function contradictionOf({ content = 'package', layerSelector, ignore }: Source): string | undefined {
  const field = layerSelector ? 'layerSelector' : ignore === undefined ? undefined : 'ignore';
  if (content === 'layer' || field === undefined) return undefined;
  return `${field} requires content: layer, not content: ${content}; remove ${field}, or set content: layer`;
}

function nameOf({ registry, repository }: FetchTarget['repository']): string {
  return `${registry}/${repository}`;
}

function urlOf({ url }: Source, { uris }: CacheContext): string | undefined {
  const uri = uris.get('bundle') ?? (uris.size === 1 ? [...uris.values()][0] : undefined);
  return url ?? (uri === undefined ? undefined : `oci://${uri}`);
}

function targetOf(
  source: Source,
  parsed: ReturnType<typeof parseRepositoryUrl>,
  { areOfClaim, prefixes }: ListedSources,
  { input, uris }: CacheContext,
): SourcePlan['target'] {
  if ('problem' in parsed) return { notAllowed: parsed.problem };
  const { repository } = parsed;
  const host = repository.registry.toLowerCase();
  const named = {
    name: nameOf({ ...repository, registry: host }),
    path: repository.repository,
    isEcr: isEcrHost(host),
  };
  const own = [...uris.values()];
  const trust = { areOfClaim, prefixes, own, input };
  const networks = networksOf(source, repository, input);
  const notAllowed =
    registryProblem(repository, { own, allowed: registriesFor(named, trust), networks }) ??
    sourceProblem(source, named, trust) ??
    connectionProblem(source, repository);
  if (notAllowed !== undefined) return { notAllowed };
  return { repository, selection: selectionOf(source.ref ?? {}), content: contentOf(source), networks };
}

/** Selects digest, semver or tag, with the same precedence as Flux. */
function selectionOf({ digest, semver, semverFilter, tag }: NonNullable<Source['ref']>): FetchTarget['selection'] {
  if (digest !== undefined) return { kind: 'digest', digest };
  if (semver !== undefined) return { kind: 'semver', semver, semverFilter };
  return { kind: 'tag', tag: tag ?? 'latest' };
}

function contentOf({ content = 'package', layerSelector, ignore }: Source): FetchTarget['content'] {
  if (content !== 'layer') return { kind: content };
  const { mediaType, operation = 'extract' } = layerSelector ?? {};
  return { kind: 'layer', mediaType, operation, ignore };
}

/** Returns the command that packs the artifact of a source if the function cannot store it. */
export function packCommand({ repository, target }: SourcePlan): string {
  const selection = target === undefined || 'notAllowed' in target ? undefined : target.selection;
  const isDigest = selection?.kind === 'digest';
  const reference = isDigest ? `@${selection.digest}` : `:${selection?.kind === 'tag' ? selection.tag : 'TAG'}`;
  return `cache pack ${isDigest ? '' : '--resolve '}${repository}${reference}`;
}

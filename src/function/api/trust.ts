import { quote } from '../../internal/quote.ts';
import type { Problem } from './input-error.ts';
import { isBelow } from './name-template.ts';
import type { PackageCacheInput, Source } from './package-cache.ts';
import { CLAIM_PATH, type ParameterLayer } from './parameters.ts';
import type { Granted } from './powers.ts';
import type { CreationTemplate, PullThroughRule } from './settings/registry-prefix.ts';

// The author of a claim does not operate the platform. Anything that a claim can make the service do beyond the workload's own repositories
// is a power. Each power is disabled until the Composition's Input grants it: powers.ts lists all powers, and only this file decides. All
// code that acts for a claim calls one of the functions below. Values in the layers of the Input, `defaults` and `enforced`, belong to the
// platform and do not require a power.

/** True for a layer that the claim's author writes; the others are the Input's. */
export function isOfClaim({ path }: Pick<ParameterLayer, 'path'>): boolean {
  return path === CLAIM_PATH;
}

/** Returns the layers whose settings apply to a creation template. The layer of a claim is only included if claims may have one. */
export function layersOfTemplate(granted: Granted, layers: readonly ParameterLayer[]): readonly ParameterLayer[] {
  return granted.creationTemplates ? layers : layers.filter((layer) => !isOfClaim(layer));
}

/** Returns the problems of parameters for which a claim lacks the power. A parameter is checked by the layer from which it is taken. */
export function powerProblems(granted: Granted, layers: readonly ParameterLayer[]): Problem[] {
  const asked = <K extends keyof ParameterLayer['values']>(field: K) => {
    const layer = layers.findLast(({ values }) => values[field] !== undefined);
    return layer && isOfClaim(layer) ? layer.values[field] : undefined;
  };
  const template = asked('creationTemplate');
  const rules = asked('pullThroughCache') ?? [];
  const sources = asked('packageCache')?.sources ?? [];
  return [
    ...(template ? templateProblems(granted.creationTemplates, template, `${CLAIM_PATH}.creationTemplate`) : []),
    ...rulesProblems(granted, rules, `${CLAIM_PATH}.pullThroughCache`),
    ...sources.flatMap(({ install: asks }, index) => {
      const path = `${CLAIM_PATH}.packageCache.sources[${index}].install`;
      return asks ? installProblems(granted.install, asks, path) : [];
    }),
  ];
}

function templateProblems(
  granted: Granted['creationTemplates'],
  { customRoleArn }: CreationTemplate,
  path: string,
): Problem[] {
  if (granted === undefined) return [notGranted(path, 'creation templates', 'creationTemplates')];
  return listed(granted.roles, customRoleArn, `${path}.customRoleArn`, 'creationTemplates.roles');
}

function rulesProblems(
  { pullThroughCaches: granted, prefixes }: Granted,
  rules: readonly PullThroughRule[],
  path: string,
): Problem[] {
  if (rules.length === 0) return [];
  if (granted === undefined) return [notGranted(path, 'pull-through cache rules', 'pullThroughCaches')];
  return rules.flatMap(({ prefix, upstream, credentialArn, customRoleArn }, index) => [
    ...(prefix === 'ROOT' && prefixes === undefined ? [notListed(`${path}[${index}].prefix`, prefix, 'prefixes')] : []),
    ...listed(granted.upstreams, upstream, `${path}[${index}].upstream`, 'pullThroughCaches.upstreams'),
    ...listed(granted.credentials, credentialArn, `${path}[${index}].credentialArn`, 'pullThroughCaches.credentials'),
    ...listed(granted.roles, customRoleArn, `${path}[${index}].customRoleArn`, 'pullThroughCaches.roles'),
  ]);
}

type Install = NonNullable<Source['install']>;

function installProblems(granted: Granted['install'], asked: Install, path: string): Problem[] {
  if (granted === undefined) return [notGranted(path, 'the installation of packages', 'install')];
  const { kind, name, skipDependencyResolution } = asked;
  const problems = listed(granted.kinds, kind, `${path}.kind`, 'install.kinds');
  if (name !== undefined && !granted.names.some((pattern) => matches(pattern, name))) {
    problems.push(notListed(`${path}.name`, name, 'install.names'));
  }
  if (skipDependencyResolution === false && !granted.dependencies) {
    const message =
      "must not be false: the platform does not allow packages to install their dependencies; allowed.install.dependencies in the Composition's input would allow it";
    problems.push({ path: `${path}.skipDependencyResolution`, message });
  }
  return problems;
}

/** Returns a source as a claim may have it. Without the power to install dependencies, its package is installed without them. */
export function withoutDependencies(granted: Granted, source: Source): Source {
  if (source.install === undefined || granted.install?.dependencies) return source;
  return { ...source, install: { ...source.install, skipDependencyResolution: true } };
}

/** The settings that determine which sources of a workload are allowed. */
export interface SourceTrust {
  /** True for sources that the claim's author wrote. */
  readonly areOfClaim: boolean;
  /** The prefixes of repositories to which claims are limited. */
  readonly prefixes: readonly string[] | undefined;
  /** The URIs of the workload's own repositories. */
  readonly own: readonly string[];
  readonly input: Pick<PackageCacheInput, 'allowedRegistries' | 'allowInsecure' | 'allowProxies' | 'allowCertificates'>;
}

/** The repository of a source: `HOST[:PORT]/PATH`, and the path alone. */
interface SourceRepository {
  readonly name: string;
  readonly path: string;
  readonly isEcr: boolean;
}

/** Returns the registries and repositories that are allowed for a source in addition to the workload's own. */
export function registriesFor({ name }: SourceRepository, { areOfClaim, input }: SourceTrust): readonly string[] {
  return areOfClaim ? input.allowedRegistries : [name];
}

/** Returns the reason why a source must not be fetched as requested, or undefined if it may. */
export function sourceProblem(
  source: Pick<Source, 'insecure' | 'proxySecretRef' | 'certSecretRef'>,
  repository: SourceRepository,
  { areOfClaim, prefixes, own, input }: SourceTrust,
): string | undefined {
  if (!areOfClaim) return undefined;
  const { insecure, proxySecretRef, certSecretRef } = source;
  if (insecure && !input.allowInsecure) return sourceNotGranted('insecure sources', 'allowInsecure');
  if (proxySecretRef && !input.allowProxies) return sourceNotGranted('sources with proxySecretRef', 'allowProxies');
  if (certSecretRef && !input.allowCertificates) {
    return sourceNotGranted('sources with certSecretRef', 'allowCertificates');
  }
  const { name, path, isEcr } = repository;
  if (!isEcr || prefixes === undefined || own.includes(name)) return undefined;
  // A rule with a path allows that repository. A rule for a whole ECR registry is limited to the prefixes of claims.
  if (input.allowedRegistries.some((rule) => /\/[^/]/.test(rule) && isBelow(name, rule))) return undefined;
  if (prefixes.some((prefix) => isBelow(path, prefix))) return undefined;
  return `the repository ${name} is not below a prefix in allowed.prefixes of the Composition's input; use the workload's own repository, or have ${name} added to packageCache.allowedRegistries`;
}

function sourceNotGranted(what: string, field: string): string {
  return `the platform does not allow claims ${what}; packageCache.${field} in the Composition's input would allow them`;
}

function notGranted(path: string, what: string, field: string): Problem {
  const message = `must be omitted: the platform does not allow claims ${what}; allowed.${field} in the Composition's input would allow it`;
  return { path, message };
}

function listed(list: readonly string[], value: string | undefined, path: string, field: string): Problem[] {
  return value === undefined || list.includes(value) ? [] : [notListed(path, value, field)];
}

function notListed(path: string, value: string, field: string): Problem {
  const message = `is ${quote(value)}, which the platform does not allow; use one of allowed.${field} in the Composition's input, or have it added there`;
  return { path, message };
}

/** True when `name` matches `pattern`, in which * matches any number of characters. Takes time linear in both. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

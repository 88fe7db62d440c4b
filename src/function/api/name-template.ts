import { looksLikeEcrHost, regionOfEcrHost } from '../../aws/registry-host.ts';
import { quote } from '../../internal/quote.ts';
import { trimEnd } from '../../internal/trim.ts';
import type { Problem } from './input-error.ts';

/** The seed of all names: what a claim's repositories are called unless the Input says otherwise. */
export const DEFAULT_NAME_TEMPLATE = '{prefix}/{workload}-{namespace}{suffix}';

const PLACEHOLDERS = ['prefix', 'workload', 'namespace', 'repository', 'suffix'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** The values of the placeholders of a name template. */
export type NameParts = Readonly<Record<Placeholder, string | undefined>>;

/** Says what is wrong with a name template, or gives undefined when nothing is. */
export function nameTemplateProblem(template: string): string | undefined {
  const rest = template.replaceAll(/\{([a-z]+)\}/g, (match, name: string) => (isPlaceholder(name) ? '' : match));
  if (/[{}]/.test(rest)) return `knows just ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;
  if (!template.includes('{workload}'))
    return 'must contain {workload}, or all workloads would share their repositories';
  if (!template.includes('{suffix}') && !template.includes('{repository}')) {
    return 'must contain {suffix} or {repository}, or all repositories of a workload would have one name';
  }
  return undefined;
}

/** The placeholders of `template` without a value in `parts`. */
export function missingParts(template: string, parts: NameParts): Placeholder[] {
  return PLACEHOLDERS.filter((name) => parts[name] === undefined && template.includes(`{${name}}`));
}

/** Fills in a name template. An empty prefix leaves no slash behind. */
export function fillTemplate(template: string, parts: NameParts): string {
  const name = template.replaceAll(/\{([a-z]+)\}/g, (match, placeholder: string) =>
    isPlaceholder(placeholder) ? (parts[placeholder] ?? '') : match,
  );
  return name.replace(/^\/+/, '');
}

/** A repository prefix without the registry host that may stand before it, and what is wrong with that host. */
export interface Prefix {
  readonly prefix: string;
  readonly problem: Problem | undefined;
}

/**
 * Takes the registry host off a prefix such as `123456789012.dkr.ecr.eu-west-2.amazonaws.com/team`: ECR would make a repository
 * literally called so. The host's region must be the one asked for.
 */
export function withoutRegistryHost(repoPrefix: string, region: string): Prefix {
  const path = 'spec.parameters.repoPrefix';
  const trimmed = trimEnd(repoPrefix, '/');
  if (/^[a-z]+:\/\//.test(trimmed)) {
    return {
      prefix: trimmed,
      problem: {
        path,
        message: `must be a prefix without ${trimmed.slice(0, trimmed.indexOf('/') + 2)} (it is ${quote(repoPrefix)})`,
      },
    };
  }
  const slash = trimmed.indexOf('/');
  const host = slash < 0 ? trimmed : trimmed.slice(0, slash);
  const hostRegion = regionOfEcrHost(host);
  if (hostRegion === undefined && looksLikeEcrHost(host)) {
    const message = `must not begin with ${quote(host)}, which is not the host of an ECR registry; use a prefix without a host`;
    return { prefix: trimmed, problem: { path, message } };
  }
  if (hostRegion === undefined) return { prefix: trimmed, problem: undefined };
  const problem =
    hostRegion === region
      ? undefined
      : {
          path,
          message: `names a registry in ${hostRegion}, but spec.parameters.region is ${region}; make them the same, or leave out the registry host`,
        };
  return { prefix: slash < 0 ? '' : trimmed.slice(slash + 1), problem };
}

/** True for a prefix, or a whole name, that is `parent` or below it. */
export function isBelow(name: string, parent: string): boolean {
  const path = trimEnd(parent, '/');
  return name === path || name.startsWith(`${path}/`);
}

function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((placeholder) => placeholder === name);
}

import { looksLikeEcrHost, regionOfEcrHost } from '../../aws/registry-host.ts';
import { quote } from '../../internal/quote.ts';
import { trimEnd } from '../../internal/trim.ts';
import type { Problem } from './input-error.ts';

/** The default name template of a claim's repositories. */
export const DEFAULT_NAME_TEMPLATE = '{prefix}/{workload}-{namespace}{suffix}';

const PLACEHOLDERS = ['prefix', 'workload', 'namespace', 'repository', 'suffix'] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

/** The values of the placeholders of a name template. */
export type NameParts = Readonly<Record<Placeholder, string | undefined>>;

/** Returns the problem of a name template, or undefined if it is valid. */
export function nameTemplateProblem(template: string): string | undefined {
  const rest = template.replaceAll(/\{([a-z]+)\}/g, (match, name: string) => (isPlaceholder(name) ? '' : match));
  if (/[{}]/.test(rest)) return `must only have the placeholders ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;
  if (!template.includes('{workload}'))
    return 'must contain {workload}, since all workloads would otherwise share their repositories';
  if (!template.includes('{suffix}') && !template.includes('{repository}')) {
    return 'must contain {suffix} or {repository}, since all repositories of a workload would otherwise have the same name';
  }
  return undefined;
}

/** Returns the placeholders of `template` without a value in `parts`. */
export function missingParts(template: string, parts: NameParts): Placeholder[] {
  return PLACEHOLDERS.filter((name) => parts[name] === undefined && template.includes(`{${name}}`));
}

/** Fills in a name template. An empty prefix is removed together with its slash. */
export function fillTemplate(template: string, parts: NameParts): string {
  const name = template.replaceAll(/\{([a-z]+)\}/g, (match, placeholder: string) =>
    isPlaceholder(placeholder) ? (parts[placeholder] ?? '') : match,
  );
  return name.replace(/^\/+/, '');
}

/** A repository prefix without its optional registry host, and the problem of that host. */
export interface Prefix {
  readonly prefix: string;
  readonly problem: Problem | undefined;
}

/**
 * Removes the registry host from a prefix such as `123456789012.dkr.ecr.eu-west-2.amazonaws.com/team`, since ECR would make it part of the
 * repository name. The region of the host must match the requested region.
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
          message: `must not refer to a registry in ${hostRegion}, since spec.parameters.region is ${region}; use the same region, or remove the registry host`,
        };
  return { prefix: slash < 0 ? '' : trimmed.slice(slash + 1), problem };
}

/** True for a prefix or a name that equals `parent` or is below it. */
export function isBelow(name: string, parent: string): boolean {
  const path = trimEnd(parent, '/');
  return name === path || name.startsWith(`${path}/`);
}

function isPlaceholder(name: string): name is Placeholder {
  return PLACEHOLDERS.some((placeholder) => placeholder === name);
}

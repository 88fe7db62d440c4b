import type { Closure } from './closure.ts';

/** What a set was completed to, as JSON: each package with its version, its digest and who needs it as what. */
export function formatLock({ packages, requirements }: Closure): string {
  const locked = [...packages]
    .sort((a, b) => (a.source < b.source ? -1 : 1))
    .map(({ source, tag, digest }) => ({
      source,
      version: tag,
      digest,
      neededBy: requirements.filter((one) => one.source === source).map(({ by, version }) => ({ source: by, version })),
    }));
  return `${JSON.stringify({ version: 1, packages: locked }, undefined, 2)}\n`;
}

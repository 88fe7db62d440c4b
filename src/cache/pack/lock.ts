import * as z from 'zod/mini';
import { parseAs } from '../../internal/parse-as.ts';
import { CacheError } from '../errors.ts';
import type { Closure, PackedPackage } from './closure.ts';

/** A package of a lock. */
export type LockedPackage = Pick<PackedPackage, 'source' | 'tag' | 'digest'>;

/** Formats the lock of a complete set as JSON: each package with its version, digest and dependents. */
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

/** The maximum size of a lock: a package takes some hundred bytes. */
export const MAX_LOCK_BYTES = 4 * 1_048_576;

/** A package or image of a lock. */
export const lockedSchema = z.object({
  source: z.string().check(z.minLength(1), z.maxLength(1_024)),
  version: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hex digits')),
});

const schema = z.object({ version: z.literal(1), packages: z.array(lockedSchema) });

/** Parses a lock; `where` is for the message. Throws `INVALID_OPTION`. */
export function parseLock(text: string, where: string): LockedPackage[] {
  const refuse = (why: string) => new CacheError('INVALID_OPTION', `cannot read the lock file ${where}: ${why}`);
  const parsed = parseAs(text, schema);
  if ('problem' in parsed) throw refuse(parsed.problem);
  return parsed.value.packages.map(({ source, version, digest }) => ({ source, tag: version, digest }));
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import metadata from '../../package.json' with { type: 'json' };

/** The file of this project's own package for amd64. Throws when it is not built yet. */
export function ownPackage(): string {
  const file = join(import.meta.dirname, `../../out/${metadata.name}-${metadata.version}-amd64.xpkg`);
  if (!existsSync(file)) throw new Error(`cannot find ${file}: npm run xpkg`);
  return file;
}

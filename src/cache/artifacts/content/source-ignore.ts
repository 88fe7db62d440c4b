import { posix } from 'node:path';
import type { Pacer } from '../../../internal/async/pacer.ts';
import { readAll, type TarFile } from '../../../oci/index.ts';
import { CacheError } from '../../errors.ts';
import { hasPatterns, ignoreRules, type PatternFile } from './ignore.ts';

/** The default patterns, for when neither the source nor the artifact has any, as in Flux (fluxcd/pkg, sourceignore v0.12). */
const DEFAULTS = `
*.jpg
*.jpeg
*.gif
*.png
*.wmv
*.flv
*.tar.gz
*.zip
.github/
.circleci/
.travis.yml
.gitlab-ci.yml
appveyor.yml
.drone.yml
cloudbuild.yaml
codeship-services.yml
codeship-steps.yml
**/.goreleaser.yml
**/.sops.yaml
**/.flux.yaml
`;

const IGNORE_FILE = '.sourceignore';
/** The total size of all .sourceignore files: every pattern is compared with every path. */
const MAX_IGNORE_BYTES = 8_192;
const MAX_IGNORE_FILES = 100;

type File = Pick<TarFile, 'name' | 'content'>;

/**
 * Compiles the patterns of an artifact into a function that is true for paths to omit: those of its own .sourceignore files, each within
 * its directory, then those of `ignore`. Throws `INVALID_MEMBER` if there are too many patterns, and the error of the pacer.
 */
export async function artifactRules(files: readonly File[], ignore: string, pacer: Pacer) {
  const ignoreFiles = await patternFiles(files, pacer);
  const isPlain = !hasPatterns(ignore) && !ignoreFiles.some(({ patterns }) => hasPatterns(patterns));
  return ignoreRules(isPlain ? DEFAULTS : ignore, pacer, ignoreFiles);
}

/** Reads the .sourceignore files, parent directories first. Such a file in an omitted directory is ignored. */
async function patternFiles(files: readonly File[], pacer: Pacer): Promise<PatternFile[]> {
  const found = files.filter(({ name }) => posix.basename(name) === IGNORE_FILE);
  const bytes = found.reduce((total, { content }) => total + sizeOf(content), 0);
  if (bytes > MAX_IGNORE_BYTES || found.length > MAX_IGNORE_FILES) {
    const message = `cannot use the ${IGNORE_FILE} files of the artifact: ${found.length} files with ${bytes} bytes are over the limits of ${MAX_IGNORE_FILES} files and ${MAX_IGNORE_BYTES} bytes`;
    throw new CacheError('INVALID_MEMBER', message);
  }
  const depthOf = ({ name }: File) => name.split('/').length;
  const counted: PatternFile[] = [];
  for (const { name, content } of found.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const directory = posix.dirname(name) === '.' ? '' : posix.dirname(name);
    const isIgnored = await ignoreRules('', pacer, counted);
    if (directory !== '' && (await isIgnored(directory, true))) continue;
    counted.push({ directory, patterns: (await bytesOf(content)).toString('utf8') });
  }
  return counted;
}

function sizeOf(content: File['content']): number {
  return content instanceof Uint8Array ? content.byteLength : content.size;
}

async function bytesOf(content: File['content']): Promise<Buffer> {
  return content instanceof Uint8Array ? Buffer.from(content) : readAll(content.open(), content.size, IGNORE_FILE);
}

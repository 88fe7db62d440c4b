import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, readAll, readTar } from '../../src/oci/index.ts';
import type { ImageEntry } from './debian.ts';
import type { Architecture } from './fetch.ts';

const run = promisify(execFile);
const MAX_BYTES = 512 * 1024 * 1024;

/** What stands in the image for Node: its binary, without symbols where a tool for that is here, and its license. */
export interface NodeFiles {
  readonly entries: readonly ImageEntry[];
  /** The program that stripped the binary; undefined when none could. */
  readonly strippedBy: string | undefined;
}

/** Takes Node out of its npm package. */
export async function readNode(tarball: Buffer, architecture: Architecture): Promise<NodeFiles> {
  async function* source() {
    yield tarball;
  }
  const entries: ImageEntry[] = [];
  let strippedBy: string | undefined;
  for await (const entry of readTar(gunzip(source()), { maxBytes: MAX_BYTES })) {
    if (entry.name === 'package/LICENSE') {
      const content = await readAll(entry.content, MAX_BYTES, entry.name);
      entries.push({ type: 'file', name: 'usr/share/doc/node/LICENSE', content });
    }
    if (entry.name !== 'package/bin/node') continue;
    const stripped = await strip(await readAll(entry.content, MAX_BYTES, entry.name), architecture);
    strippedBy = stripped.by;
    entries.push({ type: 'file', name: 'usr/local/bin/node', mode: 0o755, content: stripped.content });
  }
  return { entries, strippedBy };
}

/** In this order, so that equal machines give equal images: LLVM's tool knows every processor, GNU's only its own. */
const TOOLS: Readonly<Record<Architecture, readonly string[]>> = {
  amd64: ['llvm-strip', 'x86_64-linux-gnu-strip'],
  arm64: ['llvm-strip', 'aarch64-linux-gnu-strip'],
};

async function strip(
  content: Buffer,
  architecture: Architecture,
): Promise<{ content: Buffer; by: string | undefined }> {
  const folder = await mkdtemp(join(tmpdir(), 'strip-'));
  try {
    const path = join(folder, 'node');
    for (const tool of TOOLS[architecture]) {
      await writeFile(path, content);
      await chmod(path, 0o755);
      if (await succeeds(tool, ['--strip-all', path]))
        return { content: await readFile(path), by: await versionOf(tool) };
    }
    return { content, by: undefined };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function succeeds(tool: string, args: readonly string[]): Promise<boolean> {
  return run(tool, args).then(
    () => true,
    () => false,
  );
}

async function versionOf(tool: string): Promise<string> {
  const { stdout } = await run(tool, ['--version']);
  const version = /version ([\d.]+)|\) ([\d.]+)/.exec(stdout);
  return `${tool} ${version?.[1] ?? version?.[2] ?? ''}`.trim();
}

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tool } from './tools.ts';

/** The sha256, in hex, of everything an installed tool depends on: its table entry, the compiler's or
 *  interpreter's version, and for a Go tool the files that pin its module and its own source. */
export async function stampOf(tool: Tool, platform: string, toolsFolder: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([tool, platform]));
  if (tool.kind === 'go') {
    for (const file of ['go.mod', 'go.sum', ...(tool.source === undefined ? [] : [tool.source])]) {
      const content = await readFile(join(toolsFolder, tool.folder, file));
      hash.update(`\n${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}

/** The stamp in a file, or undefined when nothing was stamped yet. */
export async function readStamp(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Records that what the stamp describes is in place. */
export async function writeStamp(file: string, stamp: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, stamp);
}

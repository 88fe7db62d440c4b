import { link, lstat, rename } from 'node:fs/promises';
import { removeTemporary, replacedFile, temporaryFor, writeError, writeOutput, writeTemporary } from './atomic-file.ts';
import { isMissing } from './file-error.ts';

/** An output of a command. */
export interface Output {
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array> | readonly Uint8Array[];
}

/** A complete file with a temporary name. */
interface Written {
  readonly path: string;
  readonly temporary: string;
  /** The temporary name of the file that it replaces. */
  readonly backup: string;
}

/**
 * Writes the outputs of a command, all of them or none, each as {@link writeOutput} does: no file is replaced before all are written. Output to
 * a device or pipe cannot be undone, so it is written before files are replaced. Throws {@link WriteError}, and the errors of contents.
 */
export async function writeOutputs(outputs: readonly Output[]): Promise<void> {
  const written: Written[] = [];
  const streams: Output[] = [];
  try {
    for (const output of outputs) {
      const path = await replacedFile(output.path);
      if (path === undefined) streams.push(output);
      else written.push(await write(path, output));
    }
    for (const { path, content } of streams) await writeOutput(path, content);
    await replaceAll(written);
  } finally {
    await Promise.all(written.flatMap(({ temporary, backup }) => [temporary, backup]).map(removeTemporary));
  }
}

async function write(path: string, { content }: Output): Promise<Written> {
  const temporary = temporaryFor(path);
  await writeTemporary(temporary, path, content);
  return { path, temporary, backup: temporaryFor(path) };
}

/** Renames the files in order. If one cannot be renamed, restores those before it. */
async function replaceAll(files: readonly Written[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const [index, { path, temporary, backup }] of files.entries()) {
    try {
      const isReplacing = index < files.length - 1 && (await keep(path, backup));
      if (isReplacing) undo.unshift(() => rename(backup, path));
      await rename(temporary, path);
      if (!isReplacing) undo.unshift(() => removeTemporary(path));
    } catch (error) {
      for (const step of undo) await step();
      throw writeError(path, error);
    }
  }
}

/** Gives a file a second name, which requires no permission to read it. Returns false if the file does not exist. */
async function keep(path: string, backup: string): Promise<boolean> {
  try {
    await link(path, backup);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
  }
  // The file system may not support hard links, or the file may have another owner. A folder is not replaced.
  if ((await lstat(path)).isDirectory()) return false;
  await rename(path, backup);
  return true;
}

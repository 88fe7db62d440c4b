import { copyFile, rename } from 'node:fs/promises';
import { removeTemporary, replacedFile, temporaryFor, writeError, writeOutput, writeTemporary } from './atomic-file.ts';
import { isSystemError } from './file-error.ts';

/** An output of a command. */
export interface Output {
  readonly path: string;
  readonly content: AsyncIterable<Uint8Array> | readonly Uint8Array[];
}

/** A file that is written whole, under a temporary name. */
interface Written {
  readonly path: string;
  readonly temporary: string;
  /** The name of a copy of the file that it replaces. */
  readonly backup: string;
}

/**
 * Writes the outputs of a command, all of them or none, each as {@link writeOutput} does: no file gets its name before all are written.
 * What a device or pipe was sent cannot be taken back, so these come before the files get their names. The last output is the only one of
 * which no copy is made, so a large one goes last. Throws {@link WriteError}, and what a content throws.
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

/** Gives the files their names, in order. Where one cannot get its name, those before it are as they were. */
async function replaceAll(files: readonly Written[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const [index, { path, temporary, backup }] of files.entries()) {
    try {
      const isLast = index === files.length - 1;
      const isReplacing = !isLast && (await copyIfExists(path, backup));
      await rename(temporary, path);
      undo.unshift(() => (isReplacing ? rename(backup, path) : removeTemporary(path)));
    } catch (error) {
      for (const step of undo) await step();
      throw writeError(path, error);
    }
  }
}

async function copyIfExists(path: string, copy: string): Promise<boolean> {
  try {
    await copyFile(path, copy);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return false;
    throw error;
  }
}

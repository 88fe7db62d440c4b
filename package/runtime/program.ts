import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ImageEntry } from './debian.ts';

const bundleSchema = z.object({
  /** The bundle's files, relative to its folder. */
  files: z.array(z.string()).check(z.minLength(1)),
  /** The folders, as the lock file names them, of the npm packages in the bundle. */
  packages: z.array(z.string()).check(z.minLength(1)),
});

/** What package/bundle.ts has written into a folder; the folder may have files of earlier bundles beside it. */
export type Bundle = z.infer<typeof bundleSchema>;

/** Reads the list that package/bundle.ts writes beside the bundle. */
export async function readBundle(dist: string): Promise<Bundle> {
  return bundleSchema.parse(JSON.parse(await readFile(join(dist, 'bundle.json'), 'utf8')));
}

/** The files of the program in the image, under `function/`. */
export async function programFiles(dist: string, { files }: Bundle, license: string): Promise<ImageEntry[]> {
  const program = files.map(async (path): Promise<ImageEntry> => {
    return { type: 'file', name: `function/${path}`, content: await readFile(join(dist, path)) };
  });
  return [
    ...(await Promise.all(program)),
    { type: 'file', name: 'function/LICENSE', content: await readFile(license) },
    { type: 'file', name: 'function/package.json', content: Buffer.from('{"type":"module"}\n') },
  ];
}

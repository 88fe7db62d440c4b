import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type OutputFile } from 'esbuild';

// Bundles the page of `preview`, which runs the function in a browser. `platform: 'browser'` makes the build fail on Node's built-in
// modules, and takes the counterparts that package.json names in its field browser.

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'src/preview/page');
const FILES = ['index.html', 'icon.svg'];

/** The most bytes that a browser loads, compressed with gzip. */
const MAX_GZIP_BYTES = 400_000;

/** A file of the page and its size. */
export interface PageFile {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Writes the page to a folder. Throws when it is larger than a browser should have to load. */
export async function buildPage(folder: string): Promise<readonly PageFile[]> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { main: join(PAGE, 'main.ts'), style: join(PAGE, 'style.css') },
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'browser',
    target: ['chrome120', 'firefox121', 'safari17'],
    loader: { '.yaml': 'text' },
    minify: true,
    // Dependencies ask for it.
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  const sizes = outputFiles.map(sizeOf);
  const total = sizes.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  if (total > MAX_GZIP_BYTES) {
    throw new Error(`the page has ${total} bytes compressed, which is more than ${MAX_GZIP_BYTES}`);
  }
  await mkdir(folder, { recursive: true });
  await Promise.all([
    ...outputFiles.map(({ path, contents }) => writeFile(path, contents)),
    ...FILES.map((name) => copyFile(join(PAGE, name), join(folder, name))),
  ]);
  return sizes;
}

function sizeOf({ path, contents }: OutputFile): PageFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { name, bytes: contents.byteLength, gzipBytes: gzipSync(contents, { level: 9 }).byteLength };
}

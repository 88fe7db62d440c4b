import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import metadata from '../package.json' with { type: 'json' };
import { NEVER_LOADED } from './never-loaded.ts';
import { buildPage } from './page.ts';

// Bundles the program into dist/ (`npm run build`), and lists in dist/bundle.json its files and the packages in them.
// The modules that package.json exports go to dist/lib/, as a bundle of their own: chunks that both use would slow the program down.

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'dist');

/** The programs in dist/, each `NAME.js`. They share their chunks. */
const ENTRY_POINTS = { main: 'src/main.ts', worker: 'src/cache/artifacts/worker/worker.ts' };

/** The modules that others can import, each `function-workload-ecr/NAME`. They import their dependencies instead of containing them. */
const LIBRARIES = {
  function: './src/function/index.ts',
  oci: './src/oci/index.ts',
  render: './src/render/index.ts',
  xpkg: './src/xpkg/index.ts',
};

/**
 * Begins each file of the bundle. CommonJS packages call `require` for Node's built-in modules, and an ES module has none: esbuild's own
 * stand-in throws unless it finds one in scope. This one gives built-in modules and nothing else, so that a package that looks for an
 * optional one never picks up what happens to be installed beside the bundle. `createRequire` would do that, and load node:module.
 */
const REQUIRE_BUILT_IN = `
const require = (name) => {
  const found = process.getBuiltinModule(name);
  if (found) return found;
  throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
};`.replace(/\n\s*/g, '');

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  // A command loads its own chunks only.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: `node${metadata.engines.node.replace('>=', '')}`,
  // Names stay as they are: stack traces are read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const [{ metafile }] = await Promise.all([
  build({
    ...COMMON,
    entryPoints: ENTRY_POINTS,
    outdir: OUT,
    metafile: true,
    external: [...NEVER_LOADED],
    define: { BUILD_COMMIT: JSON.stringify(commit()) },
    banner: { js: REQUIRE_BUILT_IN },
  }),
  // Not in the list below: the image has no use for a page that is served on one's own machine.
  buildPage(join(OUT, 'preview')),
  build({ ...COMMON, entryPoints: LIBRARIES, outdir: join(OUT, 'lib'), packages: 'external' }),
]);
await writeFile(join(OUT, 'bundle.json'), `${JSON.stringify(contentsOf(metafile), undefined, 2)}\n`);

/** The commit that is checked out, which a changed file makes `-dirty`; `unknown` outside of a clone. */
function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** The bundle's files, relative to dist/, and the folders of the packages that any of their code is from. */
function contentsOf({ outputs }: Metafile): { files: string[]; packages: string[] } {
  const packages = new Set<string>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) packages.add(folder);
    }
  }
  const files = Object.keys(outputs).map((path) => relative(OUT, join(ROOT, path)));
  return { files: files.sort(), packages: [...packages].sort() };
}

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../tools/run-program.ts';
import { type PackageFiles, packageFiles } from './function-package.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'out/previous');
const commitFile = join(folder, 'commit');
/** Different from that of this package, so that the images always differ. */
const VERSION = '0.0.1';

/** The function's package before the last change of the program. */
export interface PreviousPackage extends PackageFiles {
  /** Its commit, such as `0ce6f07 yaml: find the positions of duplicate keys`. */
  readonly commit: string;
}

/** Builds it from the commit before the last one that changed src or its dependencies. */
export async function buildPreviousPackage(): Promise<void> {
  const work = join(root, 'out/previous-build');
  for (const each of [work, folder]) rmSync(each, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const last = await git('log', '--first-parent', '-1', '--format=%H', '--', 'src', 'package-lock.json');
  const archive = `${work}.tar`;
  await git('archive', '--format=tar', `--output=${archive}`, `${last}^`);
  await runProgram('tar', ['--extract', `--file=${archive}`, `--directory=${work}`]);
  // Links: if the lock file was different, `npm ci` removes them and keeps the files.
  await runProgram('cp', ['--archive', '--link', join(root, 'node_modules'), join(work, 'node_modules')]);
  // The build would use the commit of the surrounding repository.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: join(root, 'out') };
  await runProgram('npm', ['run', 'xpkg', '--', '--version', `v${VERSION}`], { cwd: work, env });
  cpSync(join(work, 'out'), folder, { recursive: true });
  writeFileSync(commitFile, await git('log', '-1', '--format=%h %s', `${last}^`));
  for (const each of [work, archive]) rmSync(each, { recursive: true });
}

/** The package that was built. */
export function previousPackage(): PreviousPackage {
  return { ...packageFiles(folder, VERSION), commit: readFileSync(commitFile, 'utf8') };
}

async function git(...args: readonly string[]): Promise<string> {
  return (await runProgram('git', ['-C', root, ...args])).trim();
}

// Prepares a clone for every other command: installs what the lock file says, unless it is installed, and builds dist/main.js.
// Plain JavaScript without imports from npm: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const root = new URL('..', import.meta.url);

/** The packages that a lock file lists, by folder. */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** True when npm's record of node_modules has every package of the lock file and no other. Those for other platforms may be missing. */
function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const found = packagesIn('node_modules/.package-lock.json');
  const folders = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  folders.delete('');
  return [...folders].every((folder) => {
    if (found[folder] === undefined) return wanted[folder].optional === true;
    return wanted[folder]?.integrity === found[folder].integrity;
  });
}

/** Runs the npm that runs this script: another one on PATH may not support this version of Node. */
function npm(step, ...args) {
  process.stderr.write(`${step} …\n`);
  const cli = process.env.npm_execpath;
  const [program, first] =
    cli !== undefined && basename(cli) === 'npm-cli.js' ? [process.execPath, [cli]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error !== undefined) process.stderr.write(`cannot run npm: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

if (!isInstalled()) npm('installing dependencies', 'ci', '--loglevel=error');
npm('building dist/main.js', 'run', '--silent', 'build');

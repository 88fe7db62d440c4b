// Prepares a clone for every other command: installs what the lock file says, unless it is installed, and builds dist/main.js.
// Plain JavaScript without imports from npm: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

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

/** True when the folder, or where it would be made, can be written. */
function isWritable(folder) {
  if (!existsSync(folder)) return isWritable(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs the npm that runs this script: another one on PATH may not support this version of Node. */
function npm(step, args, env = {}) {
  process.stderr.write(`${step} …\n`);
  const cli = process.env.npm_execpath;
  const isNpm = cli !== undefined && basename(cli) === 'npm-cli.js';
  const [program, first] = isNpm ? [process.execPath, [cli]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error !== undefined) process.stderr.write(`cannot run npm: ${error.message}\n`);
  return status ?? 1;
}

/** Installs the lock file's packages. npm needs a cache, and a user without a home directory has none. */
function install() {
  const args = ['ci', '--loglevel=error'];
  const step = 'installing dependencies';
  const { npm_config_cache: cache } = process.env;
  if (cache === undefined || isWritable(cache)) return npm(step, args);
  const temporary = mkdtempSync(join(tmpdir(), 'npm-cache-'));
  try {
    return npm(step, args, { npm_config_cache: temporary });
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

const status = isInstalled() ? 0 : install();
process.exitCode = status === 0 ? npm('building dist/main.js', ['run', '--silent', 'build']) : status;

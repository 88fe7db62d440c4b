// Makes a fresh clone ready: installs the dependencies when the lock file is newer than what is installed, then builds dist/main.js.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

const root = new URL('..', import.meta.url);

function changedAt(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function npm(what, ...args) {
  process.stderr.write(`${what} …\n`);
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (changedAt('package-lock.json') > changedAt('node_modules/.package-lock.json')) {
  // Not `npm ci`: the lock file may lack tools for other platforms, which that takes for an error.
  npm('installing dependencies', 'install', '--no-audit', '--no-fund', '--loglevel=error');
}
npm('building dist/main.js', 'run', '--silent', 'build');

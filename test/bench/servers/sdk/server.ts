import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Installs the published SDK beside its server where that is missing, and gives the path of the server's script. */
export function sdkServer(): string {
  const folder = import.meta.dirname;
  if (!existsSync(`${folder}/node_modules`)) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return `${folder}/main.js`;
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const install = join(import.meta.dirname, 'install.ts');

/** Runs the installer where no other program can be found. */
function runAlone(tool: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', install, tool], {
    env: { ...process.env, PATH: '/nowhere' },
    encoding: 'utf8',
  });
}

const cases = [
  { name: 'an unknown tool is answered with the known ones', tool: 'docker', says: /"docker".* kube-apiserver, / },
  { name: 'a missing go is named with where to get it', tool: 'crane', says: /\bgo\b.* https:\/\/go\.dev\/dl/ },
  { name: 'a missing python3 is named with how to get it', tool: 'moto_server', says: /python3.* apt-get install/ },
];

for (const { name, tool, says } of cases) {
  test(name, () => {
    const { status, stderr } = runAlone(tool);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });
}

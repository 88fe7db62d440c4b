import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toConfigMap } from '../../src/cache/sets/config-map.ts';
import { packageSetLabels, recordConfigMap } from '../../src/cache/sets/package-set.ts';
import { startKubeApiServer } from '../conformance/kube-apiserver.ts';
import { setOf } from './cache.ts';
import { median, type Row } from './table.ts';

const main = `${import.meta.dirname}/../../dist/main.js`;
const MEGABYTE = 1_000_000;
const ROUNDS = 5;

/** The time to bring a set of 20 MB into an empty namespace of a real API server, beside kubectl, in turn. */
export async function benchApply(): Promise<Row[]> {
  const work = mkdtempSync(join(tmpdir(), 'bench-apply-'));
  const cluster = await startKubeApiServer();
  try {
    await cluster.kubectl(['create', 'namespace', 'crossplane-system']);
    const set = { name: 'bench', version: 'v1.0.0' };
    const artifact = { source: 'registry.example.com/acme/cfg', digest: `sha256:${'ab'.repeat(32)}` };
    const chunks = setOf(20 * MEGABYTE, 786_432);
    const labels = packageSetLabels(set);
    const maps = chunks.chunks.map((chunk) => toConfigMap(chunks, chunk, { namespace: 'crossplane-system', labels }));
    const objects = maps.map(({ kind, metadata: { name } }) => ({ kind, name }));
    const record = recordConfigMap({ ...set, packages: [artifact], objects }, 'crossplane-system');
    const file = join(work, 'set.yaml');
    writeFileSync(file, [...maps, record].map((object) => `---\n${JSON.stringify(object)}\n`).join(''));
    const times: { ours: number[]; kubectl: number[] } = { ours: [], kubectl: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of ['ours', 'kubectl'] as const) {
        const begin = performance.now();
        if (name === 'kubectl') await cluster.kubectl(['apply', '--server-side', '-f', file]);
        else await applyOurs(file, cluster.kubeconfig.admin);
        times[name].push(performance.now() - begin);
        await cluster.kubectl(['delete', 'configmaps', '--all', '-n', 'crossplane-system']);
      }
    }
    const [mine, theirs] = [median(times.ours), median(times.kubectl)];
    return [
      {
        name: `apply of 20 MB (${maps.length} ConfigMaps), checked whole, whole process`,
        unit: 'ms',
        ours: mine,
        theirs,
        against: 'kubectl apply --server-side',
        goal: 'ratio <= 1.5',
        met: mine / theirs <= 1.5,
      },
    ];
  } finally {
    await cluster.stop();
    rmSync(work, { recursive: true });
  }
}

function applyOurs(file: string, kubeconfig: string): Promise<void> {
  const child = spawn(process.execPath, [main, 'cache', 'apply', file], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`cache apply ended with ${code}`))));
  });
}

import { toolPath } from '../../tools/index.ts';
import type { Programs } from '../program.ts';

/** Starts Kubernetes' garbage collector, which deletes objects without owners: a composite's resources, a Workload's claim. */
export async function startGarbageCollector(programs: Programs, kubeconfig: string, logFolder: string): Promise<void> {
  await programs.start({
    name: 'kube-controller-manager',
    file: toolPath('kube-controller-manager'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--controllers=garbage-collector-controller',
      '--leader-elect=false',
      '--secure-port=0',
    ],
    logFolder,
  });
}

import { CROSSPLANE_NAMESPACE } from './control-plane/crossplane.ts';
import { PROGRAM } from './function-package.ts';
import type { Program } from './program.ts';
import type { World } from './world.ts';

/** Starts the loader as a sidecar beside Crossplane. */
export async function startLoader({ crossplane, kubeconfig, programs, logFolder }: World): Promise<Program> {
  const places = ['--namespace', CROSSPLANE_NAMESPACE, '--into', crossplane.cacheFolder];
  return programs.start({
    name: 'cache-loader',
    file: process.execPath,
    args: [PROGRAM, 'cache', 'load', ...places, '--watch', '--http-address', '127.0.0.3:8081'],
    env: { KUBECONFIG: kubeconfig },
    logFolder,
  });
}

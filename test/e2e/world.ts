import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.ts';
import { REGISTRY } from './control-plane/registry.ts';
import type { CrossplaneVersion } from './crossplane-version.ts';
import { pushFunctionPackage, unpackContainer } from './function-package.ts';
import { type FunctionRuntime, installFunction, type Kubelet } from './function-runtime.ts';
import type { Programs } from './program.ts';

/** The environment of a scenario: a control plane with the function installed. */
export interface World extends ControlPlane {
  readonly function: FunctionRuntime;
  /** Runs functions that are installed later. */
  readonly kubelet: Kubelet;
  /** The program group of a scenario. */
  readonly programs: Programs;
  readonly logFolder: string;
  /** A folder for files of a scenario. */
  readonly folder: string;
}

/** Starts a control plane and installs the function in it; stopping `programs` stops everything. */
export async function startWorld(
  version: CrossplaneVersion,
  programs: Programs,
  folder: string,
  logFolder: string,
): Promise<World> {
  const controlPlane = await startControlPlane(version, programs, join(folder, 'control-plane'), logFolder);
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const image = await pushFunctionPackage(REGISTRY);
  const kubelet: Kubelet = {
    programs,
    cluster: controlPlane.cluster,
    logFolder,
    unpack(container) {
      const root = mkdtempSync(join(folder, 'function-'));
      chmodSync(root, 0o755); // the container's user is another one
      return unpackContainer(container, root);
    },
  };
  const runtime = await installFunction(kubelet, image);
  return { ...controlPlane, function: runtime, kubelet, programs, logFolder, folder: scratch };
}

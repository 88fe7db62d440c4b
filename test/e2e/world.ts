import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.ts';
import { pushFunctionPackage, unpackContainer } from './function-package.ts';
import { type FunctionRuntime, installFunction } from './function-runtime.ts';
import type { Programs } from './program.ts';

/** What a scenario works with: a control plane with the function installed. */
export interface World extends ControlPlane {
  readonly function: FunctionRuntime;
  /** The group that a scenario's own programs belong to. */
  readonly programs: Programs;
  readonly logFolder: string;
  /** A folder for what a scenario writes. */
  readonly folder: string;
}

/** Starts a control plane and installs the function in it; stopping `programs` stops everything. */
export async function startWorld(programs: Programs, folder: string, logFolder: string): Promise<World> {
  const controlPlane = await startControlPlane(programs, join(folder, 'control-plane'), logFolder);
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const image = await pushFunctionPackage();
  const runtime = await installFunction(programs, controlPlane.cluster, image, logFolder, (deployed) =>
    unpackContainer(deployed, join(folder, 'function')),
  );
  return { ...controlPlane, function: runtime, programs, logFolder, folder: scratch };
}

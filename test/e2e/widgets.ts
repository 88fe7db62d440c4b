import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildImage,
  buildLayer,
  createRegistryClient,
  encodeJson,
  parseReference,
  pushArtifact,
  writeTar,
} from '../../src/oci/index.ts';
import { runProgram } from '../tools/run-program.ts';
import { PROGRAM } from './function-package.ts';
import type { KubernetesObject } from './kubernetes/object.ts';
import type { World } from './world.ts';

const SET_LABEL = 'workload-ecr.fn.crossplane.io/cache-set';

/**
 * Builds the Configuration `widgets`, whose XRD contains its version, and pushes it to `repository:version`, both with this project's own
 * command line.
 */
export async function pushWidgets(
  { folder, crossplane: { major } }: World,
  repository: string,
  version: string,
): Promise<void> {
  const root = join(folder, `${repository.replace(/\W/g, '-')}-${version}`);
  const file = `${root}.xpkg`;
  mkdirSync(root);
  writeFileSync(
    join(root, 'crossplane.yaml'),
    'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: widgets}\n',
  );
  writeFileSync(join(root, 'xrd.yaml'), widgetXrd(major, version));
  await runProgram(process.execPath, [PROGRAM, 'xpkg', 'build', '--package-file', file], { cwd: root });
  await runProgram(process.execPath, [PROGRAM, 'xpkg', 'push', '-f', file, `${repository}:${version}`]);
}

/** Pushes an artifact to `repository:version` that looks like a package but has an invalid package.yaml. */
export async function pushBrokenWidgets(repository: string, version: string): Promise<void> {
  const content = Buffer.from('this: [is not');
  const layer = await buildLayer(writeTar([{ type: 'file', name: 'package.yaml', content }]));
  const config = encodeJson({ os: '', architecture: '', rootfs: { type: 'layers', diff_ids: [layer.diffId] } });
  const client = createRegistryClient({ insecure: true });
  await pushArtifact(client, parseReference(`${repository}:${version}`), buildImage({ config, layers: [layer] }));
  await client.close();
}

/** The ConfigMaps that contain a package. */
export function carriers(configMaps: Iterable<KubernetesObject>): KubernetesObject[] {
  return [...configMaps].filter(({ metadata }) => metadata.labels?.[SET_LABEL] !== undefined);
}

function widgetXrd(major: 1 | 2, version: string): string {
  return `apiVersion: apiextensions.crossplane.io/v${major}
kind: CompositeResourceDefinition
metadata: {name: widgets.e2e.example.org, labels: {version: ${version}}}
spec:
  group: e2e.example.org${major === 1 ? '' : '\n  scope: Cluster'}
  names: {kind: Widget, plural: widgets}
  versions:
    - {name: v1, served: true, referenceable: true, schema: {openAPIV3Schema: {type: object, description: '${version}'}}}
`;
}

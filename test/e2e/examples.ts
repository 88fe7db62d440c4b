import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { HarnessError } from './harness-error.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import { hasConditions, type KubernetesObject, parseObject, refOf } from './kubernetes/object.ts';

const folder = join(import.meta.dirname, '../../examples');

/** The path of a file in examples/. */
export function exampleFile(file: string): string {
  return join(folder, file);
}

/** The objects in a file in examples/. */
export function exampleObjects(file: string): KubernetesObject[] {
  return parseAllDocuments(readFileSync(exampleFile(file), 'utf8')).map((document) => parseObject(document.toJS()));
}

/** The one object in a file in examples/. */
export function example(file: string): KubernetesObject {
  const [object, ...others] = exampleObjects(file);
  if (object === undefined || others.length > 0)
    throw new HarnessError('BAD_USAGE', `${file} does not hold one object`);
  return object;
}

/** Applies the XRD and the Composition of examples/claim, and waits until claims can be made. */
export async function applyClaimApi(cluster: Cluster): Promise<void> {
  const xrd = example('claim/xrd.yaml');
  await cluster.apply(xrd);
  await cluster.apply(example('claim/composition.yaml'));
  await cluster.until(refOf(xrd), 'is offered', (object) => hasConditions(object, 'Established', 'Offered'));
}

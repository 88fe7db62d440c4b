import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { crdFolder } from '../../tools/index.ts';
import { type KubeApiServer, startKubeApiServer } from '../kube-apiserver.ts';

// A real API server accepts the manifests of examples/operations, with the CRDs of Crossplane and of the Prometheus operator, and refuses
// unknown fields.

const FOLDER = `${import.meta.dirname}/../../../examples/operations`;
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
const CROSSPLANE = ['pkg.crossplane.io_functions.yaml', 'pkg.crossplane.io_deploymentruntimeconfigs.yaml'];

let server: KubeApiServer;

beforeAll(async () => {
  server = await startKubeApiServer();
  const own = join(import.meta.dirname, 'crds');
  const crds = [
    ...CROSSPLANE.map((file) => join(crdFolder('crossplane-v2.4.0'), file)),
    ...readdirSync(own).map((file) => join(own, file)),
  ];
  for (const file of crds) await server.kubectl(['create', '-f', file]);
  await server.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await server.kubectl(['create', 'namespace', 'crossplane-system']);
});

afterAll(() => server.stop());

const dryRun = (manifest: string) =>
  server.kubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], manifest);

test.each(files)('the API server accepts %s unchanged', async (file) => {
  await dryRun(readFileSync(join(FOLDER, file), 'utf8'));
});

describe('unknown fields are refused', () => {
  test.each(files)('in %s', async (file) => {
    const [document] = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'));
    const manifest: { spec?: object } = document?.toJS();
    const wrong = stringify({ ...manifest, spec: { ...manifest.spec, invented: true } });
    await expect(dryRun(wrong)).rejects.toThrow(/unknown field "spec\.invented"/);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { call, example, objectAt } from '../function/call.ts';
import { answer } from '../function/registry/registry.ts';
import { upjetCrds } from '../function/schemas/upjet.ts';
import { requestFor, settings } from '../function/settings-table.ts';
import { crdFolder } from '../tools/index.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

// What is composed for the AWS providers, on a real API server that validates strictly: those of provider-aws with its own CRDs, and those
// of provider-upjet-aws with CRDs of the fields that the function writes. UPJET_CRDS names a folder with the provider's own (its
// package/crds), which no module proxy serves.

const CLASSIC = 'ecr.aws.crossplane.io';
const CLUSTER = 'ecr.aws.upbound.io';
const NAMESPACED = 'ecr.aws.m.upbound.io';
const CLASSIC_CRDS = ['repositories', 'lifecyclepolicies', 'repositorypolicies'].map((one) => `${CLASSIC}_${one}.yaml`);

let server: KubeApiServer;
beforeAll(async () => {
  server = await startKubeApiServer();
  for (const file of CLASSIC_CRDS) await server.kubectl(['apply', '-f', join(crdFolder('provider-aws'), file)]);
  for (const crd of upjetCrds) await server.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(stored(crd)));
  await server.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
});
afterAll(() => server.stop());

/** The CRD, or the provider's own, with the newest version as the stored one: the provider converts the others, and does not run here. */
function stored(written: JsonObject): JsonObject {
  const folder = process.env.UPJET_CRDS;
  const [plural, ...group] = String(objectAt(written, 'metadata').name).split('.');
  const crd =
    folder === undefined ? written : parse(readFileSync(join(folder, `${group.join('.')}_${plural}.yaml`), 'utf8'));
  const spec = objectAt(crd, 'spec');
  const versions = Array.isArray(spec.versions) ? spec.versions : [];
  const newest = versions.length - 1;
  return {
    ...crd,
    spec: { ...spec, versions: versions.map((one, index) => ({ ...Object(one), storage: index === newest })) },
  };
}

/** Applies an object as Crossplane does, as a dry run, and returns it as the API server would store it. */
async function apply(resource: JsonObject, name: string): Promise<JsonObject> {
  const isNamespaced = String(resource.apiVersion).startsWith(`${NAMESPACED}/`);
  const place = isNamespaced ? { name, namespace: 'default' } : { name };
  const object = { ...resource, metadata: { ...objectAt(resource, 'metadata'), ...place } };
  const flags = ['--server-side', '--dry-run=server', '--validate=strict', '--field-manager=composed'];
  return JSON.parse(await server.kubectl(['apply', ...flags, '-o', 'json', '-f', '-'], JSON.stringify(object)));
}

async function expectKept(
  resources: Readonly<Record<string, { readonly resource?: JsonObject | undefined }>>,
): Promise<void> {
  for (const [name, { resource = {} }] of Object.entries(resources)) {
    const stored = await apply(resource, name.replace('.', '-'));
    expect(stored).toMatchObject({ kind: resource.kind, spec: objectAt(resource, 'spec') });
  }
}

describe.each([CLASSIC, CLUSTER, NAMESPACED])(
  'the API server keeps all fields of the composed resources of %s',
  (flavor) => {
    let composed = 0;
    for (const [setting, parameters] of Object.entries(settings)) {
      test(setting, async () => {
        const { desired, results } = await call(requestFor(parameters, { flavor }));
        // Each flavor refuses settings that its provider does not support.
        if (results.some(({ severity }) => severity === Severity.FATAL)) return;
        await expectKept(desired.resources ?? {});
        composed += 1;
      });
    }

    test('the test covers most settings', () => {
      expect(composed).toBeGreaterThan(Object.keys(settings).length / 2);
    });
  },
);

describe.each([CLUSTER, NAMESPACED])('an XRegistry for %s', (flavor) => {
  test('keeps all its fields in the API server', async () => {
    const parameters = objectAt(example('registry/registry.yaml'), 'spec', 'parameters');
    const place = flavor === NAMESPACED ? { namespace: 'default' } : {};
    const { fatal, resources } = await answer({ ...parameters, ...place }, { provider: { flavor } });
    expect(fatal).toBeUndefined();
    expect(Object.keys(resources).length).toBeGreaterThan(3);
    await expectKept(resources);
  });
});

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/json/value.ts';
import { call, example, inputOf, objectAt, seedParameters } from '../function/call.ts';
import { ackCrds } from '../function/schemas/ack.ts';
import { upjetCrds } from '../function/schemas/upjet.ts';
import { flavors, requestFor, settings } from '../function/settings-table.ts';
import { crdFolder, toolPath } from '../tools/index.ts';

const crossplane = toolPath('crossplane');
const root = `${import.meta.dirname}/../..`;
const work = mkdtempSync(join(tmpdir(), 'validate-'));
afterAll(() => rmSync(work, { recursive: true }));

const extensions = join(work, 'extensions');
mkdirSync(extensions);
cpSync(crdFolder('provider-aws'), extensions, { recursive: true });
cpSync(`${root}/examples/claim/xrd.yaml`, join(extensions, 'claim-xrd.yaml'));
cpSync(`${root}/examples/namespaced/xrd.yaml`, join(extensions, 'namespaced-xrd.yaml'));
cpSync(`${root}/package/input/workload-ecr.fn.crossplane.io_inputs.yaml`, join(extensions, 'input.yaml'));
writeFileSync(join(extensions, 'upjet.yaml'), [...upjetCrds, ...ackCrds].map((crd) => stringify(crd)).join('---\n'));

// The CLI would fetch the kinds of Crossplane itself from a registry; here they are in its cache.
const CORE = 'crossplane.example.com/core:v2';
const cache = join(work, 'cache');
const coreFolder = crdFolder('crossplane-v2.3.4');
const coreCrds = readdirSync(coreFolder).map((file) => readFileSync(join(coreFolder, file), 'utf8'));
mkdirSync(join(cache, CORE.replace(':', '@')), { recursive: true });
writeFileSync(join(cache, CORE.replace(':', '@'), 'package.yaml'), coreCrds.join('\n---\n'));

/** The output of `crossplane resource validate` for resources, and whether they are valid. */
async function validate(
  resources: readonly JsonObject[],
): Promise<{ readonly output: string; readonly valid: boolean }> {
  const file = join(mkdtempSync(join(work, 'resources-')), 'all.yaml');
  writeFileSync(file, resources.map((resource) => stringify(resource)).join('---\n'));
  const flags = ['--error-on-missing-schemas', '--cache-dir', cache, '--crossplane-image', CORE];
  try {
    const { stdout } = await promisify(execFile)(crossplane, ['resource', 'validate', extensions, file, ...flags]);
    return { output: stdout, valid: true };
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error)) throw error;
    return { output: `${error.stdout}\n${error.message}`, valid: false };
  }
}

function named(resource: JsonObject, name: string): JsonObject {
  return { ...resource, metadata: { name, ...objectAt(resource, 'metadata') } };
}

describe('crossplane resource validate', () => {
  for (const [flavor, provider] of Object.entries(flavors)) {
    test(`accepts all composed resources for ${flavor}`, async () => {
      const composed: JsonObject[] = [];
      for (const parameters of Object.values(settings)) {
        const { desired } = await call(requestFor(parameters, provider));
        for (const { resource = {} } of Object.values(desired.resources ?? {})) {
          composed.push(named(resource, `resource-${composed.length}`));
        }
      }
      expect(composed.length).toBeGreaterThan(20);
      const { output, valid } = await validate(composed);
      expect(valid, output).toBe(true);
      expect(output).toContain(`${composed.length} success cases`);
    });
  }

  test('accepts the claims and Inputs of the examples', async () => {
    const folders = ['claim', 'upjet', 'namespaced', 'ack', 'everything', 'prefix'];
    const inputs = folders.map((folder) => named(inputOf(example(`${folder}/composition.yaml`)), folder));
    const claims = ['claim/claim.yaml', 'everything/claim.yaml', 'prefix/claim.yaml', 'namespaced/workload.yaml'];
    const { output, valid } = await validate([...inputs, ...claims.map(example)]);
    expect(valid, output).toBe(true);
  });

  test('accepts a claim with every setting', async () => {
    const claims = Object.values(settings).map((parameters, index) => workload(index, parameters));
    const { output, valid } = await validate(claims);
    expect(valid, output).toBe(true);
  });

  for (const { what, parameters, says } of [
    { what: 'an unknown deletion', parameters: { deletion: 'Keep' }, says: 'deletion' },
    {
      what: 'a KMS key with AES256',
      parameters: { encryption: { type: 'AES256', kmsKey: 'arn:aws:kms:eu-west-2:123456789012:key/0b8f' } },
      says: 'must only be set for types KMS and KMS_DSSE',
    },
  ]) {
    test(`refuses ${what} with the XRD alone`, async () => {
      const { output, valid } = await validate([workload(0, parameters)]);
      expect(valid).toBe(false);
      expect(output).toContain(says);
    });
  }

  test('accepts a claim without a parameter for which the platform may have a default', async () => {
    const { output, valid } = await validate([workload(0, { region: undefined })]);
    expect(valid, output).toBe(true);
  });
});

function workload(index: number, parameters: JsonObject): JsonObject {
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'WorkloadECRRepo',
    metadata: { name: `workload-${index}`, namespace: 'default' },
    spec: { parameters: { ...seedParameters, ...parameters } },
  };
}

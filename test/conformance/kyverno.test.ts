import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { JsonObject } from '../../src/json/value.ts';
import { call, claimed, example, inputOf, objectAt, request, seedParameters } from '../function/call.ts';
import { toolPath } from '../tools/index.ts';

const kyverno = toolPath('kyverno');
const root = `${import.meta.dirname}/../..`;
const folder = `${root}/examples/kyverno`;
const work = mkdtempSync(join(tmpdir(), 'kyverno-'));
afterAll(() => rmSync(work, { recursive: true }));

/** What the policy generates for a resource, as the kyverno CLI does it. */
async function generate(policy: string, resource: string): Promise<JsonObject[]> {
  const out = mkdtempSync(join(work, 'out-'));
  const values = ['-f', `${folder}/namespaces.yaml`];
  await promisify(execFile)(kyverno, ['apply', `${folder}/${policy}`, '--resource', resource, ...values, '-o', out]);
  const texts = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS())).filter(Boolean);
}

function namesOf(resources: Readonly<Record<string, { readonly resource?: JsonObject | undefined }>> | undefined) {
  return Object.values(resources ?? {}).map(({ resource }) => {
    return objectAt(resource ?? {}, 'metadata', 'annotations')['crossplane.io/external-name'];
  });
}

const input = inputOf(example('claim/composition.yaml'));

describe('the policy for TAP Workloads', () => {
  test("makes the seed's claim in the Workload's namespace, owned by the Workload", async () => {
    const [claim, ...others] = await generate('workload-policy.yaml', `${folder}/workload.yaml`);
    expect(others).toEqual([]);
    expect(claim).toMatchObject({
      apiVersion: 'tap.vrabbi.cloud/v1alpha1',
      kind: 'WorkloadECRRepo',
      metadata: {
        name: 'example-app-ecr-repos',
        namespace: 'default',
        ownerReferences: [
          { kind: 'Workload', name: 'example-app', uid: objectAt(example('kyverno/workload.yaml'), 'metadata').uid },
        ],
      },
      spec: { parameters: seedParameters },
    });
  });

  test('makes a claim that render turns into the repositories of the seed', async () => {
    const [claim] = await generate('workload-policy.yaml', `${folder}/workload.yaml`);
    const file = join(work, 'claim.yaml');
    writeFileSync(file, stringify(claim));
    const { stdout } = await promisify(execFile)(process.execPath, [
      `${root}/dist/main.js`,
      'render',
      file,
      `${root}/examples/claim/composition.yaml`,
    ]);
    const rendered: JsonObject[] = parseAllDocuments(stdout).map((document) => document.toJS());
    const repositories = rendered.filter(({ kind }) => kind === 'Repository').map((resource) => ({ resource }));
    expect(namesOf(Object.fromEntries(repositories.entries()))).toEqual([
      'tap/workloads/example-app-default-bundle',
      'tap/workloads/example-app-default',
    ]);
  });
});

describe('the policy for Deployments', () => {
  test('reads label, annotation and namespace of a Deployment that opts in', async () => {
    const [claim] = await generate('deployment-policy.yaml', `${folder}/deployment.yaml`);
    expect(objectAt(claim ?? {}, 'spec').parameters).toEqual({
      workloadName: 'shop',
      region: 'eu-central-1',
      repoPrefix: 'team-a',
      providerName: 'aws-provider',
      deletion: 'Retain',
    });
    const response = await call(request({ input, composite: claimed(claim ?? {}) }));
    expect(namesOf(response.desired.resources)).toEqual(['team-a/shop-team-a', 'team-a/shop-team-a-bundle']);
    expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'spec').deletionPolicy).toBe('Orphan');
  });

  test('leaves a Deployment without the label alone', async () => {
    const plain = join(work, 'plain.yaml');
    const text = readFileSync(`${folder}/deployment.yaml`, 'utf8');
    writeFileSync(plain, text.replace('repositories: "true"', 'repositories: "false"'));
    expect(await generate('deployment-policy.yaml', plain)).toEqual([]);
  });
});

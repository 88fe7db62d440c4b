import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { type RunFunctionRequest, Severity } from '../../../src/protocol/messages.ts';
import { call, composite, input, objectAt, request, seedParameters } from '../../function/call.ts';
import { attacks } from './powers.ts';

const UPJET = { provider: { flavor: 'ecr.aws.upbound.io' }, repositories: [{ name: 'image' }] };
const EXISTING = { installed: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-an-earlier-step' } } };

function asking(parameters: JsonObject, fields: JsonObject = {}): RunFunctionRequest {
  return request({
    input: input({ ...UPJET, ...fields }),
    composite: composite({ ...seedParameters, ...parameters }),
    desired: { resources: { installed: { resource: EXISTING.installed } } },
    requiredResources: { 'repository-image': [] },
  });
}

for (const { attack, parameters, paths, input: fields = {}, grant } of attacks) {
  describe(attack, () => {
    test('is refused, with its path and a solution, and nothing is changed', async () => {
      const { results, desired, requirements } = await call(asking(parameters, fields));
      expect(results.map(({ severity }) => severity)).toEqual([Severity.WARNING, Severity.FATAL]);
      const message = results[0]?.message ?? '';
      expect(message.startsWith(`spec.parameters.${paths[0]}: `), message).toBe(true);
      expect(message).toMatch(/allowed\.\w+/);
      expect(Object.keys(desired.resources ?? {})).toEqual(['installed']);
      expect(requirements.resources).toEqual({});
    });

    test('is accepted from the platform without a grant', async () => {
      for (const layer of ['defaults', 'enforced']) {
        const { results } = await call(asking({}, { ...fields, [layer]: parameters }));
        expect(results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
      }
    });

    test('is refused when the Input’s defaults have the same, as the claim takes precedence', async () => {
      const { results } = await call(asking(parameters, { ...fields, defaults: parameters }));
      expect(results.at(-1)?.message).toContain(`spec.parameters.${paths[0]}`);
    });

    test('is ignored when the Input enforces something else', async () => {
      const enforced = {
        packageCache: { sources: [] },
        creationTemplate: { appliedFor: ['REPLICATION'] },
        pullThroughCache: [{ prefix: 'quay', upstream: 'quay.io' }],
      };
      const { results, desired } = await call(asking(parameters, { enforced }));
      expect(results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
      expect(JSON.stringify(desired)).not.toMatch(/evil|registry\.example\.com|CREATE_ON_PUSH/);
    });

    test('is accepted with a grant of the Input', async () => {
      const { results } = await call(asking(parameters, { allowed: grant }));
      expect(results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
    });
  });
}

describe('a creation template of the platform', () => {
  const platform = { defaults: { creationTemplate: { appliedFor: ['CREATE_ON_PUSH'] }, lifecycle: { keepLast: 9 } } };
  const access = { pull: { accounts: ['999999999999'] } };
  const policyOf = async (fields: JsonObject) => {
    const { desired } = await call(asking({ access, imageTags: { mutability: 'Mutable' } }, fields));
    const [, template] =
      Object.entries(desired.resources ?? {}).find(([name]) => name.startsWith('creationtemplate')) ?? [];
    return objectAt(template?.resource ?? {}, 'spec', 'forProvider');
  };

  test('has no settings of the claim, which are for the repositories of the claim alone', async () => {
    const forProvider = await policyOf(platform);
    expect(forProvider.lifecyclePolicy).toContain('9');
    expect(forProvider).not.toHaveProperty('repositoryPolicy');
    expect(forProvider).not.toHaveProperty('imageTagMutability');
  });

  test('has settings of the claim if claims may have creation templates', async () => {
    const forProvider = await policyOf({ ...platform, allowed: { creationTemplates: {} } });
    expect(forProvider.repositoryPolicy).toContain('999999999999');
    expect(forProvider.imageTagMutability).toBe('MUTABLE');
  });
});

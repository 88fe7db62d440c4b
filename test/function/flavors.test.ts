import { describe, expect, test } from 'vitest';
import { settingFields } from '../../src/function/api/parameters.ts';
import { isObject, type JsonObject } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { expectGolden } from '../golden.ts';
import { call, objectAt } from './call.ts';
import { ackCrds } from './schemas/ack.ts';
import { schemasOf } from './schemas/checks.ts';
import { classicCrds } from './schemas/classic.ts';
import { upjetCrds } from './schemas/upjet.ts';
import { flavors, requestFor, settings } from './settings-table.ts';

const root = `${import.meta.dirname}/../..`;

const schemas = schemasOf([...classicCrds, ...upjetCrds, ...ackCrds]);

for (const [flavor, provider] of Object.entries(flavors)) {
  describe(`${flavor}: the composed resources match the CRDs`, () => {
    for (const [setting, parameters] of Object.entries(settings)) {
      test(setting, async () => {
        const { desired, results } = await call(requestFor(parameters, provider));
        const refused = results.some(({ severity }) => severity === Severity.FATAL);
        if (flavor.includes('upbound')) {
          expect(refused, 'these two express everything but the other one’s provider config').toBe(
            setting === 'provider config of the cluster' && provider.flavor === 'ecr.aws.upbound.io',
          );
        }
        for (const { resource = {} } of Object.values(desired.resources ?? {})) {
          const schema = schemas.get(`${resource.apiVersion}/${resource.kind}`);
          expect(schema?.safeParse(resource), JSON.stringify(resource)).toMatchObject({ success: true });
        }
      });
    }
  });
}

test('a namespaced reference to a provider config always has kind and name', async () => {
  const provider = flavors['ecr.aws.m.upbound.io'] ?? {};
  for (const parameters of Object.values(settings)) {
    const { desired } = await call(requestFor(parameters, provider));
    for (const { resource = {} } of Object.values(desired.resources ?? {})) {
      expect(objectAt(resource, 'spec', 'providerConfigRef')).toMatchObject({
        kind: expect.stringMatching(/ProviderConfig$/),
        name: 'aws-provider',
      });
    }
  }
});

test('every setting has a row', () => {
  const fields = Object.values(settings).flatMap((parameters) => Object.keys(parameters));
  expect(Object.keys(settingFields).filter((field) => !fields.includes(field))).toEqual([]);
});

/** The settings that change nothing in a flavor, because they are its default. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  'deletion: IfEmpty': Object.keys(flavors),
  'encryption with AES256': ['ecr.aws.crossplane.io'],
  'provider config of the namespace': [
    'ecr.aws.crossplane.io',
    'ecr.aws.upbound.io v1beta1',
    'ecr.aws.upbound.io v1beta2',
  ],
  'provider config of the cluster': ['ecr.aws.m.upbound.io'],
};

test.each(Object.entries(settings))('no flavor ignores %s', async (setting, parameters) => {
  const ignores: string[] = [];
  for (const [flavor, provider] of Object.entries(flavors)) {
    if ((await cell(parameters, provider)) === UNCHANGED) ignores.push(flavor);
  }
  const message = 'write it in src/function/repositories/providers, or return it from refuse there';
  expect(ignores, message).toEqual(DEFAULTS[setting] ?? []);
});

/** The settings that ECR's creation templates do not have. */
const NOT_IN_TEMPLATES = ['deletion', 'scanOnPush', 'managementPolicies', 'pollInterval'];

test.each(Object.entries(flavors).filter(([flavor]) => flavor !== 'ecr.aws.crossplane.io'))(
  'creation templates of %s have every setting that ECR allows in them',
  async (_, provider) => {
    const base = {
      creationTemplate: { appliedFor: ['CREATE_ON_PUSH'], customRoleArn: 'arn:aws:iam::111122223333:role/builder' },
    };
    const plain = await templateFor(base, provider);
    expect(plain).toMatchObject({ appliedFor: ['CREATE_ON_PUSH'] });
    const absent = new Set<string>();
    for (const parameters of Object.values(settings)) {
      const [field = ''] = Object.keys(parameters);
      if (!Object.hasOwn(settingFields, field)) continue;
      const template = await templateFor({ ...base, ...parameters }, provider);
      // Undefined where the flavor refuses the setting for its repositories.
      if (template === undefined || JSON.stringify(template) === JSON.stringify(plain)) absent.add(field);
    }
    const message =
      'write it in creationTemplate of the provider, or add it to NOT_IN_TEMPLATES where ECR does not take it';
    expect([...absent].sort(), message).toEqual(NOT_IN_TEMPLATES.toSorted());
  },
);

async function templateFor(parameters: JsonObject, provider: JsonObject): Promise<JsonObject | undefined> {
  const { desired } = await call(requestFor(parameters, provider));
  const template = Object.values(desired.resources ?? {}).find(
    ({ resource }) => resource?.kind === 'RepositoryCreationTemplate',
  );
  if (template?.resource === undefined) return undefined;
  const spec = objectAt(template.resource, 'spec');
  return isObject(spec.forProvider) ? spec.forProvider : spec;
}

test('the page has the matrix of settings and flavors', async () => {
  const header = `| Setting | ${Object.keys(flavors).join(' | ')} |\n|${'---|'.repeat(Object.keys(flavors).length + 1)}`;
  const rows = await Promise.all(
    Object.entries(settings).map(async ([setting, parameters]) => {
      const cells = await Promise.all(Object.values(flavors).map((provider) => cell(parameters, provider)));
      return `| ${setting} | ${cells.join(' | ')} |`;
    }),
  );
  const page = `# Settings by provider flavor

Generated by test/function/flavors.test.ts; to regenerate it: \`UPDATE_GOLDEN=1 npm test\`.

A setting is either done, in the given field, or refused, with a message that contains the flavor and the field. A kind before a field is an additional composed resource.

${header}
${rows.join('\n')}
`;
  expectGolden(`${root}/examples/reference/matrix.md`, page);
});

const UNCHANGED = "done: the provider's default";

/** The fields that a setting becomes in a flavor. */
async function cell(parameters: JsonObject, provider: JsonObject): Promise<string> {
  const { results, desired } = await call(requestFor(parameters, provider));
  if (results.some(({ severity }) => severity === Severity.FATAL)) return 'refused';
  const plain = fieldsOf((await call(requestFor({}, provider))).desired.resources ?? {});
  const added = [...fieldsOf(desired.resources ?? {})].filter(([field, value]) => plain.get(field) !== value);
  const kinds = new Set(added.map(([field]) => field.split(' ')).flatMap(([kind, path]) => (path ? [kind] : [])));
  if (kinds.size > 0) return [...kinds].map((kind) => `done: ${kind}`).join(', ');
  const fields = [...new Set(added.map(([field]) => `\`${field}\``))];
  return fields.length === 0 ? UNCHANGED : `done: ${fields.join(', ')}`;
}

/** Each annotation and field of spec that is set, with its value: `forProvider.forceDelete`, or `LifecyclePolicy forProvider.policy`. */
function fieldsOf(
  resources: Readonly<Record<string, { readonly resource?: JsonObject | undefined }>>,
): Map<string, string> {
  const fields = Object.values(resources).flatMap(({ resource = {} }) => {
    const kind = resource.kind === 'Repository' ? '' : `${resource.kind} `;
    const { forProvider, ...spec } = objectAt(resource, 'spec');
    // Some settings are annotations, most of them in ACK.
    const annotations = Object.entries(objectAt(resource, 'metadata', 'annotations')).map(
      ([key, value]) => [`annotations.${key.split('/')[1]}`, value] as const,
    );
    const nested = Object.entries(isObject(forProvider) ? forProvider : {}).map(
      ([key, value]) => [`forProvider.${key}`, value] as const,
    );
    return [...annotations, ...Object.entries(spec), ...nested].map(([key, value]): [string, string] => [
      `${kind}${key}`,
      JSON.stringify(value),
    ]);
  });
  return new Map(fields);
}

import * as z from 'zod/mini';
import { CONDITIONS, type ConditionType } from '../../src/function/api/conditions.ts';
import { INPUT_API_VERSION, INPUT_KIND, inputFields } from '../../src/function/api/input.ts';
import { parameterFields, REQUIRED, settingFields } from '../../src/function/api/parameters.ts';
import { registryStatusFields, repositoryStatus, sourceStatus, statusFields } from '../../src/function/api/status.ts';
import { registryFields } from '../../src/function/registry/parameters.ts';
import { isObject, type JsonObject } from '../../src/json/value.ts';
import { openApiOf } from './open-api.ts';
import { fieldTable } from './reference.ts';

/** The CustomResourceDefinition of the Input. Crossplane does not install it; editors and `crossplane resource validate` read it. */
export function inputCrd(): JsonObject {
  const [group, version] = INPUT_API_VERSION.split('/');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `inputs.${group}` },
    spec: {
      group,
      names: {
        categories: ['crossplane'],
        kind: INPUT_KIND,
        listKind: 'InputList',
        plural: 'inputs',
        singular: 'input',
      },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          schema: {
            openAPIV3Schema: {
              description: 'Input of function-workload-ecr in a Composition.',
              type: 'object',
              properties: {
                apiVersion: { description: 'Version of the schema of this object.', type: 'string' },
                kind: { description: 'Kind of this object.', type: 'string' },
                // The API server refuses a CRD that says anything of metadata, and Crossplane v1 installs this one.
                metadata: { type: 'object' },
                ...properties(openApiOf(z.object(inputFields))),
              },
            },
          },
          served: true,
          storage: true,
        },
      ],
    },
  };
}

/** The CompositeResourceDefinition of WorkloadECRRepo claims. */
export function claimXrd(): JsonObject {
  return xrd('v1', {
    names: { kind: 'XWorkloadECRRepo', plural: 'xworkloadecrrepos' },
    claimNames: { kind: 'WorkloadECRRepo', plural: 'workloadecrrepos' },
  });
}

/** The CompositeResourceDefinition that takes the same WorkloadECRRepo manifests as namespaced composites of Crossplane v2. */
export function namespacedXrd(): JsonObject {
  return xrd('v2', { scope: 'Namespaced', names: { kind: 'WorkloadECRRepo', plural: 'workloadecrrepos' } });
}

/** The CompositeResourceDefinition of XRegistry: cluster scoped, and without claims, so that it is for the platform alone. */
export function registryXrd(): JsonObject {
  return xrd('v1', { names: { kind: 'XRegistry', plural: 'xregistries' } }, registrySchema(), []);
}

function registrySchema(): JsonObject {
  return {
    description: 'The settings of one ECR registry: those of an account in a region.',
    type: 'object',
    properties: {
      spec: {
        description: 'What the registry should have.',
        type: 'object',
        required: ['parameters'],
        properties: {
          parameters: {
            description:
              'Settings of the registry. What is left out stays as it is in AWS, and what is taken out is removed there.',
            ...openApiOf(z.object(registryFields), 'as rules'),
          },
        },
      },
      status: {
        description: 'What the registry has.',
        type: 'object',
        properties: properties(openApiOf(z.object(registryStatusFields))),
      },
    },
  };
}

const WORKLOAD_COLUMNS = [
  { name: 'Image', type: 'string', jsonPath: '.status.repositories.image.uri' },
  { name: 'Bundle', type: 'string', jsonPath: '.status.repositories.bundle.uri', priority: 1 },
];

function xrd(
  version: 'v1' | 'v2',
  spec: JsonObject & { readonly names: JsonObject & { readonly plural: string } },
  schema: JsonObject = workloadSchema(),
  additionalPrinterColumns: readonly JsonObject[] = WORKLOAD_COLUMNS,
) {
  return {
    apiVersion: `apiextensions.crossplane.io/${version}`,
    kind: 'CompositeResourceDefinition',
    metadata: { name: `${spec.names.plural}.tap.vrabbi.cloud` },
    spec: {
      group: 'tap.vrabbi.cloud',
      ...spec,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          referenceable: true,
          ...(additionalPrinterColumns.length > 0 && { additionalPrinterColumns }),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

function workloadSchema(): JsonObject {
  return {
    description: 'The ECR repositories of one workload.',
    type: 'object',
    properties: {
      spec: {
        description: 'The repositories that the workload should have.',
        type: 'object',
        properties: {
          parameters: {
            description:
              'Settings of the repositories. The platform may have defaults for any of them, and may enforce some. Without a default, workloadName, repoPrefix, region and providerName are required.',
            type: 'object',
            properties: properties(openApiOf(z.object(parameterFields), 'as rules')),
          },
        },
      },
      status: {
        description: 'The repositories that the workload has, and the packages that were fetched for it.',
        type: 'object',
        properties: properties(openApiOf(z.object(statusFields))),
      },
    },
  };
}

function properties({ properties: found }: JsonObject): JsonObject {
  if (!isObject(found)) throw new TypeError('the schema has no properties');
  return found;
}

/** Returns the page of all parameters, the Input and the status. */
export function referencePage(): string {
  const input = Object.fromEntries(
    Object.entries(inputFields).filter(([name]) => name !== 'defaults' && name !== 'enforced'),
  );
  return `# Parameters, Input and status

Generated from the schemas in src/function; to regenerate it: \`UPDATE_GOLDEN=1 npm test\`.

## Parameters

These are fields of a claim in \`spec.parameters\`, and of the Input in \`defaults\` (for claims that do not set them) and \`enforced\` (regardless of the claim). A setting is taken as a whole from the highest layer that has it; \`tags\` of all layers are merged. In \`repositories\`, each entry may have \`suffix\` and the following settings, which take precedence over the settings for all repositories:
${Object.keys(settingFields)
  .map((name) => `\`${name}\``)
  .join(', ')}.

${fieldTable(openApiOf(z.object(parameterFields)), REQUIRED)}

## Input

\`apiVersion: ${INPUT_API_VERSION}\`, \`kind: ${INPUT_KIND}\`, in addition to \`defaults\` and \`enforced\`:

${fieldTable(openApiOf(z.object(input)))}

## Registry

In an XRegistry in \`spec.parameters\`, if the Input has \`registry\` ([examples/registry](../registry)):

${fieldTable(openApiOf(z.object(registryFields)))}

## Status

${fieldTable(openApiOf(z.object(statusFields)))}
| \`repositories.<name>\` | object | As follows. |
${fieldTable(openApiOf(repositoryStatus)).split('\n').slice(2).join('\n').replaceAll('| `', '| `repositories.<name>.')}
| \`packageCache.<name>\` | object | As follows. |
${fieldTable(openApiOf(sourceStatus)).split('\n').slice(2).join('\n').replaceAll('| `', '| `packageCache.<name>.')}

## Conditions

The function sets these conditions on the composite and its claim. Those marked * are absent until there is a problem, and True once it is solved. If several steps of a pipeline run the function, a condition has the worst status of all steps and the messages of each; the messages of a step with a \`resourceNamePrefix\` begin with that prefix. \`PackageCacheReady\` has the first of its reasons that applies to a source, and a sentence for each source; content in the cluster is always retained.

| Condition | Reason while False | Meaning |
|---|---|---|
${Object.entries(CONDITIONS).map(conditionRows).join('\n')}
`;
}

function conditionRows([type, { reasons, ...condition }]: [string, (typeof CONDITIONS)[ConditionType]]): string {
  const name = `\`${type}\`${'onlyAbnormal' in condition ? '*' : ''}`;
  const rows = Object.entries(reasons).map(([reason, meaning]) => `\`${reason}\` | ${meaning} |`);
  return rows.map((row, index) => `| ${index === 0 ? `${name} ` : ''}| ${row}`).join('\n');
}

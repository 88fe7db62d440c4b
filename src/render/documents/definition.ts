import { isYamlObject, type YamlObject, type YamlValue } from '../../yaml/index.ts';
import type { CompositeSchema } from '../composite.ts';
import { RenderError } from '../errors.ts';
import { textAt, valueAt } from './object.ts';
import { fieldReader, requireKind, type SourceObject } from './source.ts';

/** The fields of a CompositeResourceDefinition that render uses. */
export interface Definition {
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  readonly claimKind: string | undefined;
  readonly schema: CompositeSchema;
  /** The OpenAPI v3 schema of each version, including the fields of Crossplane that have defaults. */
  readonly versions: ReadonlyMap<string, YamlObject>;
}

const V1 = 'apiextensions.crossplane.io/v1';
const V2 = 'apiextensions.crossplane.io/v2';
const LEGACY_SCOPE = 'LegacyCluster';

/** Reads a CompositeResourceDefinition of either API version. Throws INVALID_OBJECT with file, line and column. */
export function parseDefinition(source: SourceObject): Definition {
  requireKind(source, [V1, V2], 'CompositeResourceDefinition');
  const spec = fieldReader(source).field('spec');
  const names = spec.field('names');
  const scope = spec.field('scope').text();
  const policy = spec.field('defaultCompositionUpdatePolicy').text();
  const versions = spec.field('versions').items();
  return {
    name: textAt(source.object, 'metadata', 'name'),
    group: spec.field('group').requiredText(),
    kind: names.field('kind').requiredText(),
    claimKind: spec.field('claimNames').field('kind').text(),
    // Without a scope, a v1 definition offers claims and a v2 definition is namespaced. An XRD created as v1 and read as v2 has the scope
    // LegacyCluster.
    schema: (scope ?? (source.object.apiVersion === V1 ? LEGACY_SCOPE : '')) === LEGACY_SCOPE ? 'legacy' : 'modern',
    versions: new Map(
      versions.map((version) => [
        version.field('name').requiredText(),
        withMachinery(version.field('schema').field('openAPIV3Schema').object() ?? {}, scope ?? LEGACY_SCOPE, policy),
      ]),
    ),
  };
}

// Adds the only field of those that Crossplane adds to the schema that has a default.
function withMachinery(schema: YamlObject, scope: string, policy: string | undefined): YamlObject {
  const updatePolicy: YamlObject = {
    compositionUpdatePolicy: { type: 'string', ...(policy !== undefined && { default: policy }) },
  };
  const added = scope === LEGACY_SCOPE ? updatePolicy : { crossplane: { type: 'object', properties: updatePolicy } };
  return {
    properties: {
      spec: { properties: { ...propertiesOf(valueAt(schema, 'properties', 'spec')), ...added } },
      status: { properties: propertiesOf(valueAt(schema, 'properties', 'status')) },
    },
  };
}

/** Applies the defaults of the schema of the object's version, as the Kubernetes API server does. */
export function withDefaults(object: YamlObject, definition: Definition): YamlObject {
  const apiVersion = textAt(object, 'apiVersion');
  for (const [version, schema] of definition.versions) {
    if (`${definition.group}/${version}` === apiVersion) return fillObject(object, schema);
  }
  const known = [...definition.versions.keys()].map((version) => `${definition.group}/${version}`).join(', ');
  throw new RenderError(
    'INVALID_OBJECT',
    `cannot use CompositeResourceDefinition ${definition.name}: version ${apiVersion} not found; it defines ${known}`,
  );
}

function fill(value: YamlValue, schema: YamlValue | undefined): YamlValue {
  if (!isYamlObject(schema)) return value;
  if (isYamlObject(value)) return fillObject(value, schema);
  if (typeof value !== 'object' || value === null) return value;
  const { items } = schema;
  return value.map((item) => fill(orDefault(item, items) ?? null, items));
}

function fillObject(object: YamlObject, schema: YamlObject): YamlObject {
  const properties = propertiesOf(schema);
  const filled: Record<string, YamlValue | undefined> = { ...object };
  for (const [key, property] of Object.entries(properties)) {
    if (isYamlObject(property) && (property.default ?? null) !== null) filled[key] = orDefault(filled[key], property);
  }
  for (const [key, value] of Object.entries(filled)) {
    if (value === undefined) continue;
    const declared = Object.hasOwn(properties, key);
    const schemaOfValue = declared ? properties[key] : schema.additionalProperties;
    filled[key] = fill(declared ? value : (orDefault(value, schemaOfValue) ?? null), schemaOfValue);
  }
  return filled;
}

/** Returns the value, or the default if the value is missing or is a null that the schema does not allow. */
function orDefault(value: YamlValue | undefined, schema: YamlValue | undefined): YamlValue | undefined {
  if (!isYamlObject(schema)) return value;
  const missing = value === undefined || (value === null && schema.nullable !== true);
  return missing ? schema.default : value;
}

function propertiesOf(schema: YamlValue | undefined): YamlObject {
  const properties = isYamlObject(schema) ? schema.properties : undefined;
  return isYamlObject(properties) ? properties : {};
}

import * as z from 'zod';
import { isList, isObject, type Json, type JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';

/** The schemas of CRDs by `apiVersion/kind`, which allow only the properties that they name. */
export function schemasOf(crds: readonly JsonObject[]): Map<string, z.ZodType> {
  return new Map(
    crds.flatMap((crd) => {
      const spec = objectAt(crd, 'spec');
      const versions = isList(spec.versions) ? spec.versions.filter(isObject) : [];
      return versions.map((version): [string, z.ZodType] => {
        const gvk = `${spec.group}/${version.name}/${objectAt(spec, 'names').kind}`;
        const schema = closed(objectAt(version, 'schema', 'openAPIV3Schema'));
        return [gvk, z.fromJSONSchema(JSON.parse(JSON.stringify(schema)))];
      });
    }),
  );
}

/** The schema, with unknown fields pruned or refused as by an API server. */
function closed(schema: Json): Json {
  if (isList(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value ?? null)]));
  return schema.type === 'object' && schema.properties ? { ...inside, additionalProperties: false } : inside;
}

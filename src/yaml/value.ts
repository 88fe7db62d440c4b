/** A value of the JSON data model. Integers outside the safe range of a JavaScript number are bigints, so that they are not rounded. */
export type YamlValue = null | boolean | number | bigint | string | readonly YamlValue[] | YamlObject;

/** An object of the JSON data model. Properties that are `undefined` are treated as absent. */
export interface YamlObject {
  readonly [key: string]: YamlValue | undefined;
}

/** True when a value is an object, and neither a list nor null. */
export function isYamlObject(value: YamlValue | undefined): value is YamlObject {
  return typeof value === 'object' && value !== null && !isYamlList(value);
}

/** True when a value is a list. */
export function isYamlList(value: YamlValue | undefined): value is readonly YamlValue[] {
  return Array.isArray(value);
}

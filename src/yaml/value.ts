/** A value of the JSON data model. Whole numbers outside the safe range of a JavaScript number are bigints, so that none is rounded. */
export type YamlValue = null | boolean | number | bigint | string | readonly YamlValue[] | YamlObject;

/** An object of the JSON data model. Properties that are `undefined` count as absent. */
export interface YamlObject {
  readonly [key: string]: YamlValue | undefined;
}

/** True when a value is an object, not a list and not null. */
export function isYamlObject(value: YamlValue | undefined): value is YamlObject {
  return typeof value === 'object' && value !== null && !isYamlList(value);
}

/** True when a value is a list. */
export function isYamlList(value: YamlValue | undefined): value is readonly YamlValue[] {
  return Array.isArray(value);
}

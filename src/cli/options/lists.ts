/** Collects the values of an option whose values are comma separated, repeated, or both. */
export function addList(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...value.split(',').filter((part) => part !== '')];
}

/** Collects the unchanged values of a repeated option. */
export function addValue(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

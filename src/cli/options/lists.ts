/** Collects the values of an option that is comma separated, repeated, or both. */
export function addList(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...value.split(',').filter((part) => part !== '')];
}

/** Collects the values of a repeated option, each as it is. */
export function addValue(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

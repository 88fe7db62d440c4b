/** Returns what a hook starts for each test. Outside of tests and hooks, there is nothing yet. */
export function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('only for use in tests and hooks');
  return value;
}

/** What is fuzzed, and for how many seconds of a default run. FUZZ_SECONDS stretches or shrinks all of them. */
export const targets = {
  wire: 6,
  struct: 4,
  reference: 3,
  tar: 4,
  gzip: 3,
  manifest: 4,
  'docker-config': 3,
  'cache-manifest': 2,
  yaml: 8,
  'yaml-print': 3,
  package: 5,
  semver: 3,
  'tag-filter': 3,
  ignore: 3,
  duration: 1,
  quantity: 1,
  'name-template': 3,
  'repository-policy': 6,
  'lifecycle-policy': 4,
  claim: 10,
  input: 5,
  'long-text': 5,
} as const;

export type Target = keyof typeof targets;

const DEFAULT_SECONDS = Object.values(targets).reduce((sum, seconds) => sum + seconds, 0);

/** Milliseconds that a target may run. */
export function budgetMs(target: Target): number {
  const seconds = Number(process.env.FUZZ_SECONDS ?? DEFAULT_SECONDS);
  if (!(seconds > 0)) throw new RangeError(`FUZZ_SECONDS must be a number above 0, not "${process.env.FUZZ_SECONDS}"`);
  return (targets[target] / DEFAULT_SECONDS) * seconds * 1_000;
}

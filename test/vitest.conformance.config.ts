import { defineConfig } from 'vitest/config';

/** The suites of `npm run test:conformance`: ours beside the programs of others. One file at a time, for the sake of ports and cores. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['test/conformance/**/*.test.ts'],
    reporters: ['default', `${import.meta.dirname}/summary-reporter.ts`],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

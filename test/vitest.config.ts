import { defineConfig } from 'vitest/config';

/** The suite of `npm test`: everything under test/ but the suites that need the Crossplane programs. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/conformance/**',
      'test/browser/**',
      'test/e2e/**',
      'test/bench/**',
      'test/fuzz/**',
      '**/node_modules/**',
    ],
    reporters: ['default', `${import.meta.dirname}/summary-reporter.ts`],
    // By default, vitest leaves one processor idle: on a machine with two, that is half of it.
    maxWorkers: '100%',
    // Generous: a busy machine is no failure, and a test that hangs is rare.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

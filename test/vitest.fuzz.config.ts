import { defineConfig } from 'vitest/config';

/** The suite of `npm run test:fuzz`. One file at a time: each case measures the CPU time of its process. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['test/fuzz/**/*.test.ts'],
    reporters: ['default', `${import.meta.dirname}/summary-reporter.ts`],
    pool: 'forks',
    fileParallelism: false,
    // Lets the harness tell what a case keeps from what is garbage.
    execArgv: ['--expose-gc'],
  },
});

import { defineConfig } from 'vitest/config';

/** The suite of `npm run test:browser`: the page of `preview` in Debian's Chromium, which the suite installs where it is missing. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/install-chromium.ts'],
    reporters: ['default', `${import.meta.dirname}/summary-reporter.ts`],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

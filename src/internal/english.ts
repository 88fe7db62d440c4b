import en from 'zod/v4/locales/en.js';

/** For parse and safeParse where a message of zod is shown: zod/mini by itself says "Invalid input" whatever is wrong. */
export const IN_ENGLISH = { error: en().localeError };

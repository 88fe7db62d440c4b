import en from 'zod/v4/locales/en.js';

/** The options of parse and safeParse for English messages: by default, the message of zod/mini is always "Invalid input". */
export const IN_ENGLISH = { error: en().localeError };

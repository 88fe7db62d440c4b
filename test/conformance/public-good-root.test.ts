import { expect, test } from 'vitest';
import { generatePublicGoodRoot } from '../../package/generate/public-good-root.ts';
import { PUBLIC_GOOD_ROOT } from '../../src/oci/signature/public-good-root.ts';

test("src/oci/signature/public-good-root.ts is the generator's output for the package that it names", async () => {
  const json = /PUBLIC_GOOD_ROOT = (.*);/.exec(await generatePublicGoodRoot())?.[1];
  expect(JSON.parse(json ?? '')).toEqual(PUBLIC_GOOD_ROOT);
});

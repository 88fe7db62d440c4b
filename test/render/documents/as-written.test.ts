import { expect, test } from 'vitest';
import { asWritten } from '../../../src/render/documents/as-written.ts';
import { parseYaml } from '../../../src/yaml/index.ts';

const [document] = parseYaml('spec: {a: 0x1F, b: 1.10, c: 5, d: "012", e: [007]}', 'a.yaml');

test.each([
  ['spec.a: must be a string, not 31; put it in quotes', 'spec.a: must be a string, not 0x1F; put it in quotes'],
  [
    '2 problems: (1) spec.b: must be a string, not 1.1; x, as written in the file; (2) spec.e[0]: must be a string, not 7; write "7", in quotes',
    '2 problems: (1) spec.b: must be a string, not 1.10; x: "1.10"; (2) spec.e[0]: must be a string, not 007; write "007", in quotes',
  ],
  ['spec.c: must be a string, not 5; write "5"', 'spec.c: must be a string, not 5; write "5"'],
  ['spec.d: must be a number, not "012"', 'spec.d: must be a number, not "012"'],
  ['spec.x.y: is required', 'spec.x.y: is required'],
  ['something else: not 31', 'something else: not 31'],
])('%s', (message, want) => {
  expect(document && asWritten(message, document)).toBe(want);
});

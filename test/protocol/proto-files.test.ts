import { expect, test } from 'vitest';
import { Capability, Ready, Severity, Status, Target } from '../../src/protocol/messages.ts';
import { loadDefinitions } from './reflection.ts';

const v1 = await loadDefinitions('v1');
const v1beta1 = await loadDefinitions('v1beta1');

const PACKAGE = 'apiextensions.fn.proto';

test('v1 and v1beta1 have the same messages, fields, enums and methods', () => {
  const { nested } = v1.lookup(`${PACKAGE}.v1`)?.toJSON() ?? {};
  expect(Object.keys(nested ?? {})).toEqual(expect.arrayContaining(['RunFunctionRequest', 'FunctionRunnerService']));
  expect(v1beta1.lookup(`${PACKAGE}.v1beta1`)?.toJSON().nested).toEqual(nested);
});

for (const [name, constants] of Object.entries({ Ready, Severity, Target, Status, Capability })) {
  test(`the field numbers of ${name} are those of the definition`, () => {
    const prefix = name === 'Status' ? 'STATUS_CONDITION_' : `${name.toUpperCase()}_`;
    const { values } = v1.lookupEnum(`${PACKAGE}.v1.${name}`);
    expect(Object.fromEntries(Object.entries(constants).map(([key, value]) => [`${prefix}${key}`, value]))).toEqual(
      values,
    );
  });
}

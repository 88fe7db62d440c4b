import { expect, test } from 'vitest';
import { failureOf } from '../../../src/cache/artifacts/failure.ts';
import { OciError } from '../../../src/oci/index.ts';

test('a long message of a registry is truncated', () => {
  const { message, reason } = failureOf(new OciError('DENIED', `no: ${'x'.repeat(3_000)}`));
  expect({ message, reason }).toEqual({ message: `no: ${'x'.repeat(1_020)}…`, reason: 'AuthFailed' });
});

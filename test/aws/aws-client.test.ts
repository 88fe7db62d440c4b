import { afterEach, expect, test, vi } from 'vitest';
import { ECRClient } from '../../src/aws/aws-client.ts';

const actual = process.version;

afterEach(() => {
  Object.defineProperty(process, 'version', { value: actual });
  vi.restoreAllMocks();
});

test('an AWS client on Node 20 emits no warning', () => {
  Object.defineProperty(process, 'version', { value: 'v20.16.0' });
  const emitWarning = vi.spyOn(process, 'emitWarning');
  new ECRClient({ region: 'eu-west-2' });
  expect(emitWarning).not.toHaveBeenCalled();
});

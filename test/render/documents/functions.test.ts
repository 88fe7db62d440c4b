import { describe, expect, test } from 'vitest';
import { addressOf, type FunctionManifest } from '../../../src/render/documents/functions.ts';

const manifest = (name: string, rest: Partial<FunctionManifest>): FunctionManifest => ({
  name,
  package: '',
  runtime: '',
  target: 'localhost:9443',
  ...rest,
});

describe('addressOf', () => {
  const functions = [
    manifest('function-workload-ecr', { runtime: 'Development', target: '127.0.0.1:1' }),
    manifest('remote', { runtime: 'Development', target: '127.0.0.1:2' }),
    manifest('alias', { package: 'registry.example.org:5000/some/function-workload-ecr:v1.2.3@sha256:00' }),
    manifest('alias-elsewhere', { package: 'x/function-workload-ecr', runtime: 'Development', target: '127.0.0.1:3' }),
    manifest('docker', { package: 'registry.example.org/function-workload-ecr-2:v1' }),
    manifest('odd', { runtime: 'Podman' }),
  ];
  for (const { reason, name, want } of [
    { reason: 'this function by name, regardless of the file', name: 'function-workload-ecr', want: 'in-process' },
    { reason: 'this function by its package', name: 'alias', want: 'in-process' },
    { reason: 'another by its target', name: 'remote', want: '127.0.0.1:2' },
    { reason: 'a running instance of this function under another name', name: 'alias-elsewhere', want: '127.0.0.1:3' },
  ]) {
    test(`finds ${reason}`, () => {
      const address = addressOf(name, functions);
      expect(address.kind === 'grpc' ? address.target : address.kind).toBe(want);
    });
  }

  test('needs no functions file for this function', () => {
    expect(addressOf('function-workload-ecr', [])).toEqual({ kind: 'in-process' });
  });

  for (const { reason, name, code } of [
    { reason: 'one that requires Docker', name: 'docker', code: 'UNSUPPORTED_RUNTIME' },
    { reason: 'an unknown runtime', name: 'odd', code: 'UNSUPPORTED_RUNTIME' },
    { reason: 'one that is not in the file', name: 'nobody', code: 'UNKNOWN_FUNCTION' },
  ]) {
    test(`refuses ${reason}`, () => {
      expect(() => addressOf(name, functions)).toThrow(expect.objectContaining({ code }));
    });
  }
});

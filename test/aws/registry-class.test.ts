import { expect, test } from 'vitest';
import { registryClass } from '../../src/aws/index.ts';

test.each([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'ecr'],
  ['public.ecr.aws', 'ecr-public'],
  ['index.docker.io', 'docker-hub'],
  ['ghcr.io', 'ghcr'],
  ['xpkg.crossplane.io', 'crossplane'],
  ['xpkg.upbound.io', 'crossplane'],
  ['ghcr.io.attacker.example', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
])('%s has the class %s', (host, want) => {
  expect(registryClass(host)).toBe(want);
});

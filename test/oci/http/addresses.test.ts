import { describe, expect, test } from 'vitest';
import { isLocalAddress, isLocalName, isPrivateAddress, lookupPublic } from '../../../src/oci/http/addresses.ts';

describe.each([
  { address: '127.0.0.1', local: true, private_: true },
  { address: '127.255.0.9', local: true, private_: true },
  { address: '0.0.0.0', local: true, private_: true },
  { address: '169.254.169.254', local: true, private_: true },
  { address: '[::1]', local: true, private_: true },
  { address: '::ffff:127.0.0.1', local: true, private_: true },
  { address: '::ffff:a9fe:a9fe', local: true, private_: true },
  { address: 'fe80::1', local: true, private_: true },
  { address: 'fd00:ec2::254', local: true, private_: true },
  { address: '10.1.2.3', local: false, private_: true },
  { address: '172.31.255.255', local: false, private_: true },
  { address: '172.32.0.0', local: false, private_: false },
  { address: '192.168.0.1', local: false, private_: true },
  { address: 'fd12::1', local: false, private_: true },
  { address: '8.8.8.8', local: false, private_: false },
  { address: '2001:db8::1', local: false, private_: false },
  { address: 'registry.example.com', local: false, private_: false },
])('$address', ({ address, local, private_ }) => {
  test(`is local: ${local}, private: ${private_}`, () => {
    expect(isLocalAddress(address)).toBe(local);
    expect(isPrivateAddress(address)).toBe(private_);
  });
});

test.each([
  ['localhost', true],
  ['a.localhost', true],
  ['REGISTRY.LOCAL', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['localhost.example.com', false],
  ['notlocalhost', false],
  ['local', false],
  ['10.0.0.1', false],
])('plain http is for %s: %s', (host, want) => {
  expect(isLocalName(host)).toBe(want);
});

test.each([true, false])('a name that resolves to a local address is refused (all: %s)', async (all) => {
  const error = await new Promise((resolve) => lookupPublic('localhost', { all }, (failure) => resolve(failure)));
  expect(error).toMatchObject({ code: 'REFUSED_REDIRECT' });
});

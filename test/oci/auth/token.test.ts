import { expect, test } from 'vitest';
import { realmGuard } from '../../../src/oci/auth/token.ts';
import { createGuard } from '../../../src/oci/http/http-client.ts';
import { thrownCode } from '../fixtures.ts';

test.each([
  {
    realm: 'https://auth.example.com/token',
    registry: 'reg.example.com',
    http: false,
    ok: true,
    reason: 'https elsewhere',
  },
  { realm: 'http://auth.example.com/token', registry: 'reg.example.com', http: false, ok: false, reason: 'plain http' },
  {
    realm: 'http://reg.example.com/token',
    registry: 'reg.example.com',
    http: false,
    ok: false,
    reason: 'plain http on its own host',
  },
  {
    realm: 'http://auth.example.com/token',
    registry: 'reg.example.com',
    http: true,
    ok: true,
    reason: 'plain http where it was asked for',
  },
  {
    realm: 'https://10.0.0.1/token',
    registry: '10.0.0.1',
    http: false,
    ok: true,
    reason: 'a private address that is the registry',
  },
  { realm: 'https://10.0.0.2/token', registry: '10.0.0.1', http: false, ok: false, reason: 'another private address' },
  {
    realm: 'https://[::ffff:10.0.0.2]/token',
    registry: '10.0.0.1',
    http: false,
    ok: false,
    reason: 'the same, dressed up',
  },
  {
    realm: 'https://0x7f.1/token',
    registry: 'reg.example.com',
    http: false,
    ok: false,
    reason: 'loopback, dressed up',
  },
  { realm: 'ftp://auth.example.com/', registry: 'reg.example.com', http: true, ok: false, reason: 'another scheme' },
])('credentials may be sent to $realm for $registry: $ok ($reason)', ({ realm, registry, http, ok }) => {
  const guard = realmGuard(
    registry,
    http,
    createGuard(() => http, undefined),
  );
  expect(thrownCode(() => guard(new URL(realm)))).toBe(ok ? undefined : 'REFUSED_REDIRECT');
});

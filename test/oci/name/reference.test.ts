import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatReference,
  isRegistry,
  isTag,
  parseDigest,
  parseReference,
  parseRepository,
  referenceIdentifier,
} from '../../../src/oci/index.ts';
import { startCpuTimer } from '../../cpu-time.ts';
import { thrownCode } from '../fixtures.ts';

const D = parseDigest(`sha256:${'a'.repeat(64)}`);
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

describe('parseReference', () => {
  test.each([
    { text: 'cfg', want: 'index.docker.io/library/cfg:latest', reason: 'one part is an official image' },
    { text: 'acme/cfg', want: 'index.docker.io/acme/cfg:latest', reason: 'no registry is Docker Hub' },
    { text: 'docker.io/cfg:v1', want: 'index.docker.io/library/cfg:v1', reason: "Docker's other name for it" },
    { text: 'index.docker.io/acme/cfg:v1', want: 'index.docker.io/acme/cfg:v1', reason: 'its own name' },
    { text: 'localhost/cfg', want: 'localhost/cfg:latest', reason: 'localhost is a registry without a dot' },
    { text: 'localhost:5000/cfg:v1', want: 'localhost:5000/cfg:v1', reason: 'a port is no tag' },
    { text: 'registry.example.com:5000/a/b', want: 'registry.example.com:5000/a/b:latest', reason: 'a port, no tag' },
    { text: '[::1]:5000/a/b:v1', want: '[::1]:5000/a/b:v1', reason: 'an IPv6 address' },
    { text: `${ECR}/team/app-ns:v1.0.0`, want: `${ECR}/team/app-ns:v1.0.0`, reason: 'an ECR host' },
    { text: `${ECR}/team/app@${D}`, want: `${ECR}/team/app@${D}`, reason: 'a digest alone gets no tag' },
    { text: `${ECR}/team/app:v1@${D}`, want: `${ECR}/team/app:v1@${D}`, reason: 'both are kept' },
    { text: 'acme.v1/cfg__x/y--z.w', want: 'acme.v1/cfg__x/y--z.w:latest', reason: 'all separators' },
  ])('parses $text: $reason', ({ text, want, reason }) => {
    const reference = parseReference(text);
    expect(formatReference(reference), reason).toBe(want);
    expect(parseReference(want)).toEqual(reference);
  });

  test.each([
    { text: '', reason: 'empty' },
    { text: 'UPPER/case', reason: 'upper case' },
    { text: 'reg.example.com/', reason: 'a missing repository' },
    { text: 'reg.example.com//a', reason: 'an empty part' },
    { text: 'reg.example.com/a/', reason: 'a trailing slash' },
    { text: 'reg.example.com/-a', reason: 'a leading separator' },
    { text: 'reg.example.com/a___b', reason: 'three underscores' },
    { text: 'reg.example.com/a/../b', reason: 'dots only' },
    { text: 'reg.example.com/a:', reason: 'an empty tag' },
    { text: `reg.example.com/a:${'t'.repeat(129)}`, reason: 'a tag of 129 characters' },
    { text: 'reg.example.com/a:-x', reason: 'a tag that begins with a dash' },
    { text: 'reg.example.com:99999/a', reason: 'a port over 65535' },
    { text: 'user:pw@reg.example.com/a', reason: 'credentials' },
    { text: 'https://reg.example.com/a', reason: 'a URL' },
    { text: 'oci://reg.example.com/a', reason: 'a Flux URL, which another parser reads' },
    { text: 'reg.example.com/a b', reason: 'a blank' },
    { text: `reg.example.com/${'a'.repeat(256)}`, reason: 'a repository of 256 characters' },
    { text: `reg.example.com/${'a/'.repeat(600)}a`, reason: 'a very long text' },
    { text: 'reg.example.com/a@sha256:1234', reason: 'a short digest' },
    { text: `reg.example.com/a@${D}@${D}`, reason: 'two digests' },
  ])('refuses $reason', ({ text, reason }) => {
    expect(
      thrownCode(() => parseReference(text)),
      reason,
    ).toMatch(/^INVALID_(REFERENCE|DIGEST)$/);
  });

  test.each([
    { host: '11127.0.0.1', why: 'must be a valid host of a URL' },
    { host: '1.2.3.4.5', why: 'must be a valid host of a URL' },
    { host: 'q127.0.0.1', why: 'must be a valid host of a URL' },
    { host: 'registry.0x', why: 'must be a valid host of a URL' },
    { host: '[::1.2.3]', why: 'must be a valid host of a URL' },
    { host: '127.1', why: 'means 127.0.0.1 in a URL; use that instead' },
    { host: '1.2.3:5000', why: 'means 1.2.0.3 in a URL; use that instead' },
    { host: '0x7f.1', why: 'means 127.0.0.1 in a URL; use that instead' },
    { host: '0177.0.0.1', why: 'means 127.0.0.1 in a URL; use that instead' },
    { host: '2130706433:5000', why: 'means 127.0.0.1 in a URL; use that instead' },
    { host: 'registry.example.com.', why: 'must be a host name, with or without a port' },
    { host: 'bücher.example.com', why: 'must be a host name, with or without a port' },
    { host: '127.0.0.1%2f.example.com', why: 'must be a host name, with or without a port' },
    { host: '[fe80::1%eth0]', why: 'must be a host name, with or without a port' },
  ])('refuses the host $host, which is invalid in a URL or means another host', ({ host, why }) => {
    expect(() => parseReference(`${host}/a:v1`)).toThrow(`invalid registry "${host}": ${why}`);
    expect(isRegistry(host)).toBe(false);
  });

  test.each(['docker://', 'oci://', 'https://'])('must not begin with %s', (scheme) => {
    for (const text of [`${scheme}reg.example.com/a/b:v1`, `${scheme}a`]) {
      expect(() => parseReference(text)).toThrow(`"${text}": must not begin with the scheme "${scheme}"`);
    }
  });

  test('distinguishes a registry with a port from a repository with a tag', () => {
    const port = 'names only a registry; must be REGISTRY/REPOSITORY';
    expect(() => parseRepository('localhost:5000')).toThrow(`"localhost:5000": ${port}`);
    const tagged = 'must be a repository without a tag or digest';
    for (const text of ['localhost:5000/a/b:5', 'busybox:v1', `busybox:5@${D}`]) {
      expect(() => parseRepository(text)).toThrow(`"${text}": ${tagged}`);
    }
  });

  test.each([
    'Registry.Example.com',
    'xn--bcher-kva.example.com:5000',
    '127.0.0.1',
    '[::ffff:127.0.0.1]:5000',
    '1a.b2',
  ])('accepts the host %s', (host) => {
    expect(parseReference(`${host}/a:v1`).registry).toBe(host);
  });

  test('accepts a repository of 255 and a tag of 128 characters', () => {
    const text = `reg.example.com/${'a'.repeat(255)}:${'t'.repeat(128)}`;
    expect(formatReference(parseReference(text))).toBe(text);
  });

  test.each([
    { text: 'acme/cfg:v1', ok: false, reason: 'no registry' },
    { text: 'reg.example.com/acme/cfg', ok: false, reason: 'neither tag nor digest' },
    { text: 'reg.example.com/acme/cfg:v1', ok: true, reason: 'a tag' },
    { text: `reg.example.com/acme/cfg@${D}`, ok: true, reason: 'a digest' },
    { text: 'docker.io/busybox:v1', ok: false, reason: 'the repository is library/busybox' },
    { text: 'docker.io/library/busybox:v1', ok: true, reason: 'the whole repository' },
    { text: 'localhost/x:v1', ok: false, reason: 'a repository of one letter, which Crossplane does not read' },
    { text: 'localhost/xy:v1', ok: true, reason: 'a repository of two letters' },
  ])('strict parsing accepts $text: $ok ($reason)', ({ text, ok }) => {
    expect(thrownCode(() => parseReference(text, 'strict'))).toBe(ok ? undefined : 'INVALID_REFERENCE');
  });

  test('parses any text in a short time', () => {
    const cpuTime = startCpuTimer();
    for (const text of ['a-'.repeat(500), '-'.repeat(1000), `${'a.'.repeat(100)}/${'a_'.repeat(300)}`]) {
      thrownCode(() => parseReference(text));
    }
    expect(cpuTime()).toBeLessThan(1000);
  });
});

test('parses a formatted reference to the same value', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), fc.option(tag), fc.boolean(), (parts, name, pinned) => {
      const reference = {
        registry: 'reg.example.com:5000',
        repository: parts.join('/'),
        ...(name === null && pinned ? {} : { tag: name ?? 'latest' }),
        ...(pinned ? { digest: D } : {}),
      };
      expect(parseReference(formatReference(reference), 'strict')).toEqual(reference);
    }),
  );
});

test('a repository has neither tag nor digest', () => {
  expect(parseRepository('reg.example.com:5000/a/b')).toEqual({ registry: 'reg.example.com:5000', repository: 'a/b' });
  expect(thrownCode(() => parseRepository('reg.example.com/a:v1'))).toBe('INVALID_REFERENCE');
  expect(thrownCode(() => parseRepository(`reg.example.com/a@${D}`))).toBe('INVALID_REFERENCE');
});

test('a digest takes precedence over a tag', () => {
  expect(referenceIdentifier(parseReference(`reg.example.com/a:v1@${D}`))).toBe(D);
  expect(referenceIdentifier(parseReference('reg.example.com/a:v1'))).toBe('v1');
  expect(referenceIdentifier({ registry: 'reg.example.com', repository: 'a' })).toBe('latest');
});

test('tags and registries must match as a whole', () => {
  expect([isTag('v1.0.0'), isTag('v1\n'), isTag('')]).toEqual([true, false, false]);
  expect([isRegistry('a.b:5000'), isRegistry('a.b/c'), isRegistry('a..b'), isRegistry('')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

import { describe, expect, test } from 'vitest';
import { cacheFileName, friendlyId, packageSource, toDnsLabel, XpkgError } from '../../src/xpkg/index.ts';

const DIGEST = `sha256:${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`;
const DIGITS = '0123456789'.repeat(7);
const long = (length: number) => 'x'.repeat(length);

describe('toDnsLabel', () => {
  for (const { text, label, reason } of [
    { text: '', label: '', reason: 'an empty text' },
    { text: 'acme/cfg', label: 'acme-cfg', reason: 'a slash becomes a dash' },
    { text: '.x.', label: 'x', reason: 'separators at the ends are removed' },
    { text: 'UPPER', label: '', reason: 'upper case is removed' },
    { text: 'a__b', label: 'ab', reason: 'an underscore is removed' },
    { text: 'a//b', label: 'a--b', reason: 'consecutive dashes are kept' },
    { text: 'x/', label: 'x', reason: 'a separator at the end is removed' },
    { text: DIGITS.slice(0, 63), label: DIGITS.slice(0, 63), reason: 'the maximum length' },
    { text: DIGITS.slice(0, 66), label: DIGITS.slice(0, 63), reason: 'more than the maximum length' },
    {
      text: `${DIGITS.slice(0, 62)}-345`,
      label: DIGITS.slice(0, 62),
      reason: 'a dash at the maximum length is removed',
    },
    {
      text: `${DIGITS.slice(0, 61)}-2345`,
      label: `${DIGITS.slice(0, 61)}-2`,
      reason: 'a dash before the maximum length',
    },
  ]) {
    test(`returns "${label}" for "${text}"`, () => expect(toDnsLabel(text), reason).toBe(label));
  }
});

describe('friendlyId', () => {
  for (const { name, hash, id } of [
    { name: 'my-config', hash: DIGEST.slice(7), id: 'my-config-e3b0c44298fc' },
    { name: 'My_Config', hash: 'E3B0C44298FC1C149AFB', id: 'yonfig-3044298' },
    { name: '', hash: '', id: '' },
    { name: '', hash: 'abc', id: 'abc' },
    { name: 'abc', hash: '', id: 'abc' },
    { name: '-abc-', hash: '-def-', id: 'abc---def' },
    { name: 'a_b.c', hash: '0123456789abcdef', id: 'ab-c-0123456789ab' },
    { name: long(60), hash: '0123456789abcdef', id: `${long(50)}-0123456789ab` },
    { name: `${long(49)}-yy`, hash: '0123456789abcdef', id: `${long(49)}--0123456789ab` },
    { name: 'función-ñ', hash: '0123456789ab', id: 'funcin--0123456789ab' },
    { name: `${long(49)}é`, hash: '0123456789ab', id: `${long(49)}-0123456789ab` },
    { name: 'a@b', hash: 'c+d', id: 'ab-cd' },
  ]) {
    test(`returns "${id}" for "${name}" and "${hash}"`, () => expect(friendlyId(name, hash)).toBe(id));
  }
});

const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const entries = [
  [
    'registry.example.com/acme/cfg:v1.0.0',
    'registry.example.com/acme/cfg',
    'registry-example-com-acme-cfg-sha256-e3b0c.gz',
  ],
  [
    `registry.example.com/acme/cfg@${DIGEST}`,
    'registry.example.com/acme/cfg',
    'registry-example-com-acme-cfg-sha256-e3b0c.gz',
  ],
  [
    `registry.example.com/acme/cfg:v1.0.0@${DIGEST}`,
    'registry.example.com/acme/cfg:v1.0.0',
    'registry-example-com-acme-cfg-v1-0-0-sha256-e3b0c.gz',
  ],
  [
    'registry.localhost:5000/acme/cfg:v1.0.0',
    'registry.localhost:5000/acme/cfg',
    'registry-localhost-5000-acme-cfg-sha256-e3b0c.gz',
  ],
  ['localhost:5000/cfg:v1', 'localhost:5000/cfg', 'localhost-5000-cfg-sha256-e3b0c.gz'],
  ['[::1]:5000/a/b:v1', '[::1]:5000/a/b', '1-5000-a-b-sha256-e3b0c.gz'],
  [
    'xpkg.example.org/crossplane-contributors/function-patch-and-transform:v0.9.0',
    'xpkg.example.org/crossplane-contributors/function-patch-and-transform',
    'xpkg-example-org-crossplane-contributors-function--sha256-e3b0c.gz',
  ],
  [
    'xpkg.example.org/crossplane-contributors/function-patch-x:v1',
    'xpkg.example.org/crossplane-contributors/function-patch-x',
    'xpkg-example-org-crossplane-contributors-function--sha256-e3b0c.gz',
  ],
  [
    `${ECR}/platform/package-cache:v1.2.3`,
    `${ECR}/platform/package-cache`,
    '123456789012-dkr-ecr-eu-central-1-amazonaws-com-pl-sha256-e3b0c.gz',
  ],
  [
    `${ECR}/platform/other:v1`,
    `${ECR}/platform/other`,
    '123456789012-dkr-ecr-eu-central-1-amazonaws-com-pl-sha256-e3b0c.gz',
  ],
  [
    '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b/c/d:1',
    '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b/c/d',
    '123456789012-dkr-ecr-us-gov-west-1-amazonaws-com-a-sha256-e3b0c.gz',
  ],
  [
    'registry.example.com/my_org/my__pkg:1.0',
    'registry.example.com/my_org/my__pkg',
    'registry-example-com-myorg-mypkg-sha256-e3b0c.gz',
  ],
  ['registry.example.com/a/b-:1.0', 'registry.example.com/a/b-', 'registry-example-com-a-b--sha256-e3b0c.gz'],
  ['Registry.Example.COM/acme/cfg:v1', 'Registry.Example.COM/acme/cfg', 'egistry-xample--acme-cfg-sha256-e3b0c.gz'],
  [
    'registry.example.com/acme/mylatest',
    'registry.example.com/acme/my',
    'registry-example-com-acme-my-sha256-e3b0c.gz',
  ],
  ['registry.example.com/acme/latest', 'registry.example.com/acme/', 'registry-example-com-acme--sha256-e3b0c.gz'],
  [
    'registry.example.com/acme/cfg.v1:v1',
    'registry.example.com/acme/cfg.v1',
    'registry-example-com-acme-cfg-v1-sha256-e3b0c.gz',
  ],
  ['acme/cfg:v1', 'acme/cfg', 'acme-cfg-sha256-e3b0c.gz'],
  ['docker.io/acme/cfg:v1', 'docker.io/acme/cfg', 'docker-io-acme-cfg-sha256-e3b0c.gz'],
  [
    `xpkg.example.org/${'a'.repeat(32)}/x.yz:v1`,
    `xpkg.example.org/${'a'.repeat(32)}/x.yz`,
    'xpkg-example-org-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa--sha256-e3b0c.gz',
  ],
] as const;

for (const [reference, source, file] of entries) {
  test(`returns source and cache file of ${reference}`, () => {
    expect(packageSource(reference)).toBe(source);
    expect(cacheFileName(reference, DIGEST)).toBe(file);
  });
}

test('refuses an empty name for a cache file', () => {
  expect(() => cacheFileName('UPPER:v1', '')).toThrow(XpkgError);
});

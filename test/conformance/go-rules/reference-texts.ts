import fc from 'fast-check';

const HOSTS = [
  ...[
    '',
    'docker.io/',
    'index.docker.io/',
    'localhost/',
    'localhost:5000/',
    'reg.example.com/',
    'reg.example.com:443/',
    'reg.example.com:/',
  ],
  ...[
    'Reg.Example.com/',
    'registry/',
    'a_b.c/',
    '127.0.0.1:5000/',
    '[::1]:5000/',
    '[::1]/',
    '::1/',
    'reg.example.com:99999/',
    'reg:80:90/',
  ],
  ...[
    '-a.b/',
    'a-.b/',
    'a..b/',
    '.a/',
    'a./',
    'xn--bcher-kva.example/',
    'user@reg.example.com/',
    'reg.example.com:port/',
    '%41.b/',
    '123.0/',
  ],
  ...[
    'https://reg.example.com/',
    'oci://reg.example.com/',
    '10.0.0.1/',
    '0x7f.1/',
    '256.1.1.1/',
    'a.b:65535/',
    'a.b:65536/',
    'localhost.localdomain/',
  ],
] as const;

const PARTS = [
  'a',
  'ab',
  'busybox',
  'library',
  'x',
  'A',
  'a_b',
  'a__b',
  'a___b',
  'a-b',
  'a--b',
  'a.b',
  'a..b',
  '-a',
  'a-',
  '_a',
  '.a',
  'a.',
  '',
  '..',
  'é',
  'a b',
  '0',
] as const;

const TAGS = [
  '',
  ':',
  ':t',
  ':latest',
  ':v1.0.0',
  ':V1',
  ':-x',
  ':.x',
  ':_x',
  ':a+b',
  ':a:b',
  ':é',
  `:${'t'.repeat(128)}`,
  `:${'t'.repeat(129)}`,
  ': t',
] as const;

const D = 'a'.repeat(64);
const DIGESTS = [
  ...[
    '',
    '',
    '',
    `@sha256:${D}`,
    `@sha256:${D}a`,
    `@sha256:${D.slice(1)}`,
    `@sha256:${'A'.repeat(64)}`,
    '@',
    '@sha256:',
    `@sha512:${D}${D}`,
    `@md5:${'a'.repeat(32)}`,
    `@sha256:${D}@sha256:${D}`,
  ],
] as const;

/** References to images, valid and invalid. */
export const referenceText = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...HOSTS),
        fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...TAGS),
        fc.constantFrom(...DIGESTS),
      )
      .map(([host, parts, tag, digest]) => host + parts.join('/') + tag + digest),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'ab0./:@-_A%[]'), maxLength: 12 }) },
);

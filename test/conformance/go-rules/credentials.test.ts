import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { dockerConfigSource, parseRepository } from '../../../src/oci/index.ts';
import { ANONYMOUS, described, describedByGo, entryForm, entryOf } from './docker-auth.ts';
import { askGo, type Compared, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';

const HOSTS = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'reg.example.com',
  'reg.example.com:5000',
  'example.com',
  'localhost:5000',
] as const;
const SCHEMES = ['', '', 'https://', 'http://'] as const;
const PATHS = ['', '', '/', '/v1/', '/v2/', '/v1', '/team', '/team/', '/team/app', '/te', '/library/busybox'] as const;
const REPOSITORIES = ['team/app', 'team', 'app', 'library/busybox', 'team/app/deep'] as const;

/** A docker config with one or two entries, and the repository of a login. */
const question = fc.record({
  entries: fc.array(
    fc
      .tuple(fc.constantFrom(...SCHEMES), fc.constantFrom(...HOSTS), fc.constantFrom(...PATHS), entryForm)
      .map(([scheme, host, path, form]) => ({ key: scheme + host + path, form })),
    { minLength: 1, maxLength: 2 },
  ),
  text: fc
    .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...REPOSITORIES))
    .map(([host, repository]) => `${host}/${repository}`),
});

const KNOWN: readonly KnownDifference[] = [
  {
    reason: 'a key with a path, or another form of a host: Go does not find it, podman and docker do',
    covers: ({ ours, theirs }) => theirs === ANONYMOUS && ours !== ANONYMOUS,
  },
  {
    reason: 'a path that the repository is not in: Go sends the login of one repository to others, podman does not',
    covers: ({ input, theirs }) => theirs !== undefined && isOfOtherPath(input, theirs),
  },
  {
    reason: 'several keys for one host: Go takes any of them, ours the one with the longest path',
    covers: ({ input, ours, theirs }) =>
      hostsOf(input).length > new Set(hostsOf(input)).size && theirs !== ANONYMOUS && ours !== ANONYMOUS,
  },
  {
    reason: 'an entry of another registry that cannot be read: Go refuses the whole file',
    covers: ({ input, theirs }) => theirs === undefined && hasBadEntry(input),
  },
];

test('docker configs are read as the keychain of go-containerregistry reads them', { timeout: 600_000 }, async () => {
  const questions = fc.sample(question, { seed, numRuns: Math.min(runs, 3_000) }).map(({ entries, text }) => {
    const auths = Object.fromEntries(entries.map(({ key, form }, index) => [key, entryOf(form, `user${index}`)]));
    return { kind: 'credentials', text, config: JSON.stringify({ auths }) };
  });
  const answers = askGo(questions);
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  try {
    const compared: Compared[] = [];
    for (const [index, { text, config }] of questions.entries()) {
      await writeFile(join(folder, 'config.json'), config);
      compared.push({
        input: `${text} ${config}`,
        ours: await described(() => dockerConfigSource({ DOCKER_CONFIG: folder }, folder).get(parseRepository(text))),
        theirs: describedByGo(answers[index]),
      });
    }
    expectAgreement('credentials', compared, KNOWN);
    const logins = compared.filter(({ theirs }) => theirs !== undefined && theirs !== ANONYMOUS);
    expect(logins.length, 'logins that Go finds').toBeGreaterThan(compared.length / 20);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function hostsOf(input: string): string[] {
  return Array.from(input.matchAll(/"(?:https?:\/\/)?([\w.-]+(?::\d+)?)[\w/]*":\{/g), ([, host = '']) =>
    host === 'docker.io' ? 'index.docker.io' : host,
  );
}

/** True for an `auth` that is not the base64 of `user:password`. */
function hasBadEntry(input: string): boolean {
  return Array.from(input.matchAll(/"auth":"([^"]*)"/g), ([, auth = '']) => Buffer.from(auth, 'base64')).some(
    (text) => !text.includes(':'),
  );
}

/** True for a login of a key whose path the repository is not in. */
function isOfOtherPath(input: string, login: string): boolean {
  const [user = ''] = /user\d/.exec(login) ?? [];
  const [text = '', config = ''] = input.split(/ (.*)/s);
  const { auths } = z.object({ auths: z.record(z.string(), z.unknown()) }).parse(JSON.parse(config));
  const isOf = (entry: string) => entry.includes(user) || entry.includes(Buffer.from(`${user}:`).toString('base64'));
  const key = Object.keys(auths).find((one) => user !== '' && isOf(JSON.stringify(auths[one])));
  const path = key === undefined || key.includes('://') ? '' : key.replace(/^[^/]*(\/v[12](?=\/|$))?\/?/, '');
  return path !== '' && !`${parseRepository(text).repository}/`.startsWith(`${path.replace(/\/$/, '')}/`);
}

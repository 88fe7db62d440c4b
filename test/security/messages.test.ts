import { describe, expect, test } from 'vitest';
import { CacheError } from '../../src/cache/errors.ts';
import { readChunkPosition } from '../../src/cache/sets/config-map.ts';
import { formatProblems, InputError } from '../../src/function/api/input-error.ts';
import type { JsonObject } from '../../src/json/value.ts';
import { parseConstraint, parseReference } from '../../src/oci/index.ts';
import { Status } from '../../src/protocol/messages.ts';
import { RenderError } from '../../src/render/errors.ts';
import { findingsError } from '../../src/xpkg/errors.ts';
import { parseYaml } from '../../src/yaml/index.ts';
import {
  AVAILABLE,
  call,
  composite,
  condition,
  input,
  observedClassic,
  request,
  seedParameters,
} from '../function/call.ts';

/** Clears the screen, hides the following text, reverses it, ends a line. */
const HOSTILE = '\u001b[2J\u009b31m\u202e\u2066\u200b\ufeff\u2028\u2029\u0000\u0007\ud800\u{e0041}';
const UNSAFE = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u;
/** No value is repeated beyond 100 characters; its escapes may make it longer. */
const LONG = `${HOSTILE}${'x'.repeat(100_000)}`;

interface Case {
  readonly what: string;
  readonly parameters?: JsonObject;
  readonly input?: JsonObject;
  readonly wholeInput?: JsonObject;
}

const cases: readonly Case[] = [
  { what: 'a name', parameters: { workloadName: `a${HOSTILE}` } },
  { what: 'a prefix', parameters: { repoPrefix: `${HOSTILE}/x` } },
  { what: 'a prefix with a scheme', parameters: { repoPrefix: `https://${HOSTILE}` } },
  { what: 'a word', parameters: { deletion: LONG } },
  { what: 'a value of another type', parameters: { region: { [HOSTILE]: [LONG] } } },
  { what: 'a misspelled field', parameters: { 'regio\u202e': 1, region: undefined } },
  { what: 'an unknown field of a setting', parameters: { imageTags: { mutability: 'Mutable', [HOSTILE]: LONG } } },
  { what: 'the key of a tag', parameters: { tags: { [HOSTILE]: LONG } } },
  { what: 'the value of a tag', parameters: { tags: { k: HOSTILE } } },
  { what: 'an element of a policy', parameters: { access: { policy: { Statement: [{ [HOSTILE]: LONG }] } } } },
  { what: 'a policy as text', parameters: { access: { policy: `{"${HOSTILE}` } } },
  { what: 'a duplicate key in a policy', parameters: { lifecycle: { policy: '{"\\u202e":1,"\\u202e":2}' } } },
  {
    what: 'a principal',
    parameters: {
      access: { policy: { Statement: { Effect: 'Allow', Principal: { AWS: HOSTILE }, Action: 'ecr:*' } } },
    },
    input: { allowed: { accounts: [] } },
  },
  {
    what: 'a condition',
    parameters: {
      access: {
        policy: {
          Statement: {
            Effect: 'Allow',
            Principal: '*',
            Action: 'ecr:*',
            Condition: { StringEquals: { 'aws:PrincipalOrgID': LONG.slice(0, 5_000) } },
          },
        },
      },
    },
    input: { allowed: { organizations: [] } },
  },
  { what: 'a source', parameters: { packageCache: { sources: [{ name: HOSTILE, url: `oci://${HOSTILE}` }] } } },
  { what: 'a name template', input: { nameTemplate: `{workload}{suffix}{${HOSTILE}}` } },
  { what: 'an allowed value', input: { allowed: { prefixes: [HOSTILE, LONG.slice(0, 500)] } } },
  { what: 'the kind of an Input', wholeInput: { apiVersion: HOSTILE, kind: LONG } },
  { what: 'the key of a label', input: { packageCache: { labels: { [HOSTILE]: HOSTILE } } } },
];

describe('a refused value cannot mislead readers of conditions and events', () => {
  for (const { what, parameters, input: fields, wholeInput } of cases) {
    test(what, async () => {
      const response = await call(
        request({
          input: wholeInput ?? input(fields ?? {}),
          composite: composite({ ...seedParameters, ...parameters }),
        }),
      );
      const [found] = response.conditions ?? [];
      expect(found?.status, 'it is refused').toBe(Status.FALSE);
      for (const message of [found?.message ?? '', ...response.results.map((result) => result.message)]) {
        expect(message).not.toMatch(UNSAFE);
        expect(message).not.toContain('\n');
        expect(message).not.toContain('x'.repeat(101));
        expect(message.length).toBeLessThan(2_000);
      }
    });
  }

  test('messages of providers are escaped and truncated, in the status too', async () => {
    const said = `${HOSTILE}\nfirst line\n${'y'.repeat(100_000)}`;
    const failing = [AVAILABLE[0] ?? {}, condition('Synced', 'False', { message: said })];
    const imagerepo = observedClassic('tap/workloads/example-app-default', failing);
    const response = await call(request({ observed: { imagerepo } }));
    const texts = [
      ...(response.conditions ?? []).map(({ message = '' }) => message),
      ...response.results.map(({ message }) => message),
      JSON.stringify(response.desired?.composite),
    ];
    expect(texts.join()).toContain('first line');
    for (const text of texts) {
      expect(text).not.toMatch(UNSAFE);
      expect(text.length).toBeLessThan(20_000);
    }
  });
});

test('an error of ten thousand problems lists the first twenty', () => {
  const problems = Array.from({ length: 10_000 }, (_, index) => ({ path: `spec.x[${index}]`, message: 'is wrong' }));
  const { message } = new InputError(problems);
  expect(message).toBe(formatProblems(problems));
  expect(message).toContain('10000 problems: (1) spec.x[0]: is wrong; ');
  expect(message).toMatch(/\(20\) spec\.x\[19\]: is wrong; and 9980 more$/);
});

describe('errors of all rooms are safe to print', () => {
  const thrown = (work: () => unknown): Error => {
    try {
      work();
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('nothing was thrown');
  };
  const rooms: readonly { readonly room: string; readonly work: () => unknown }[] = [
    { room: 'a reference', work: () => parseReference(`example.com/${LONG}`, 'weak') },
    { room: 'a tag', work: () => parseReference(`example.com/x:${HOSTILE}`, 'weak') },
    { room: 'a range of versions', work: () => parseConstraint(HOSTILE) },
    { room: 'a YAML alias', work: () => parseYaml(`a: *${'x'.repeat(5_000)}\u202e\n`, 'f.yaml') },
    { room: 'a YAML scalar', work: () => parseYaml(`a: !!int "${'x'.repeat(5_000)}\u202e"\n`, `${HOSTILE}.yaml`) },
    {
      room: 'a label of a ConfigMap',
      work: () => readChunkPosition({ 'workload-ecr.fn.crossplane.io/cache-set': LONG }, 'x'),
    },
    {
      room: 'the cache',
      work: () => {
        throw new CacheError('IO', LONG);
      },
    },
    {
      room: 'render',
      work: () => {
        throw new RenderError('INVALID_OBJECT', HOSTILE);
      },
    },
    {
      room: 'a package',
      work: () => {
        const finding = {
          code: 'INVALID_YAML',
          file: HOSTILE,
          position: { line: 1, column: 1 },
          message: HOSTILE,
        } as const;
        throw findingsError('cannot build', [finding, ...Array.from({ length: 10_000 }, () => finding)]);
      },
    },
  ];
  for (const { room, work } of rooms) {
    test(room, () => {
      const { message } = thrown(work);
      expect(message).not.toMatch(UNSAFE);
      expect(message.length).toBeLessThan(70_000);
    });
  }
});

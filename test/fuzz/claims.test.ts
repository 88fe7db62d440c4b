import { expect } from 'vitest';
import { createFunction, type RunFunction } from '../../src/function/function.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import {
  type Resource,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
} from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { AVAILABLE, request } from '../function/call.ts';
import { ownProperties } from '../protocol/arbitraries.ts';
import { type ClaimCase, claimCase, compositeOfCase, inputCase, inputOfCase } from './claims.ts';
import { composedProblems } from './composed.ts';
import { fakeArtifacts } from './fake-artifacts.ts';
import { fuzz, json } from './harness.ts';
import { longTextCase } from './long-texts.ts';

const MAX_RESPONSE_BYTES = 4 * 1_048_576;
/** Rounds in which Crossplane lets the requirements of a function change. */
const MAX_ROUNDS = 5;
/** Control and bidirectional characters, and such as take no room; line breaks aside. */
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const MAX_QUOTED = 150;
const PATH = /^(\d+ problems: \(1\) )?(spec\.parameters|input|metadata)/;

const long = createFunction({ artifacts: fakeArtifacts });

for (const [target, arbitrary] of [
  ['claim', claimCase],
  ['input', inputCase],
  ['long-text', longTextCase],
] as const) {
  fuzz(target, {
    form: json<ClaimCase>(),
    arbitrary,
    run: (one) => reconcile(one, long),
    async check(one, response) {
      const answer = decodeResponse(response);
      expect(response.length).toBeLessThan(MAX_RESPONSE_BYTES);
      expectResourcesOrPath(answer);
      const anew = await reconcile(one, createFunction({ artifacts: fakeArtifacts }));
      expect(anew.equals(response), 'the same request has the same response in a new process').toBe(true);
      const reversed = await reconcile(turned(one), long);
      expect(decodeResponse(reversed).desired, 'the order of keys means nothing').toEqual(answer.desired);
      await expectSteady(one, answer);
      expectPlainMessages(answer, one);
    },
  });
}

type Observed = Readonly<Record<string, JsonObject>>;

/** Calls until the function asks Crossplane for nothing new; there is nothing of what it asks for. */
async function reconcile(one: ClaimCase, run: RunFunction, observed: Observed = {}): Promise<Buffer> {
  let requiredResources: NonNullable<RunFunctionRequest['requiredResources']> = {};
  for (let round = 0; ; round += 1) {
    const sent = request({
      input: inputOfCase(one),
      composite: compositeOfCase(one),
      observed,
      requiredResources,
      meta: { capabilities: [1, 2, 3, 4, 5] },
    });
    const response = Buffer.from((await run(encodeRequest(sent))).response);
    const wanted = Object.keys(decodeResponse(response).requirements.resources ?? {});
    if (wanted.every((name) => Object.hasOwn(requiredResources, name))) return response;
    if (round === MAX_ROUNDS) throw new Error(`after ${round} rounds it still asks for something new`);
    requiredResources = ownProperties(wanted.map((name) => [name, []]));
  }
}

function expectPlainMessages({ results, conditions }: RunFunctionResponse, one: ClaimCase): void {
  const texts = textsOf([one.parameters, one.input]).filter((text) => text.length > MAX_QUOTED);
  for (const { message = '' } of [...results, ...conditions]) {
    expect(UNSAFE.exec(message)?.[0], `a message has unsafe characters: ${JSON.stringify(message)}`).toBe(undefined);
    // As JSON: a hundred backslashes are two hundred characters of a message.
    const quoted = texts.find((text) => message.includes(JSON.stringify(text.slice(0, MAX_QUOTED)).slice(1, -1)));
    expect(quoted?.length, `a message quotes too much: ${message.slice(0, 300)}`).toBe(undefined);
  }
}

function textsOf(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (isList(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)]) : [];
}

/** Either resources that the API server, the provider and ECR take, or one refusal that names the place. */
function expectResourcesOrPath({ results, desired, conditions }: RunFunctionResponse): void {
  const fatal = results.filter(({ severity }) => severity === Severity.FATAL);
  const composed = Object.entries(desired.resources ?? {});
  expect(fatal.length).toBeLessThanOrEqual(1);
  for (const { message } of fatal) {
    expect(message).toMatch(PATH);
    expect(composed.length, 'what is refused composes nothing').toBe(0);
  }
  expect(conditions[0]?.type).toBe('ParametersValid');
  for (const [name, { resource = {} }] of composed) {
    expect(composedProblems(resource), `${name}: ${JSON.stringify(resource).slice(0, 2_000)}`).toEqual([]);
  }
}

/** A cluster that has what was asked for is left as it is. */
async function expectSteady(one: ClaimCase, answer: RunFunctionResponse): Promise<void> {
  const observed = Object.entries(answer.desired.resources ?? {}).map(
    ([name, { resource = {} }]): [string, JsonObject] => [name, { ...resource, status: { conditions: AVAILABLE } }],
  );
  const next = decodeResponse(await reconcile(one, long, ownProperties(observed)));
  expect(resourcesOf(next), 'what is there as asked for stays as it is').toEqual(resourcesOf(answer));
}

function resourcesOf({ desired }: RunFunctionResponse): Record<string, JsonObject | undefined> {
  return ownProperties(
    Object.entries(desired.resources ?? {}).map(([name, { resource }]: [string, Resource]) => [name, resource]),
  );
}

/** The same case with the keys of all objects the other way round. */
function turned(one: ClaimCase): ClaimCase {
  return { ...one, parameters: reversed(one.parameters), input: reversed(one.input) };
}

function reversed(value: Json): Json {
  if (isList(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  return ownProperties(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item ?? null)]),
  );
}

import { describe, expect, test } from 'vitest';
import type { ObservedCondition } from '../../../src/function/observed/composite.ts';
import { labelled, mergeConditions, partOf, withLaterSteps } from '../../../src/function/pipeline/merge-conditions.ts';
import { type Condition, Status } from '../../../src/protocol/messages.ts';

const TYPE = 'RepositoriesReady';
const ok: Condition = { type: TYPE, status: Status.TRUE, reason: 'Available' };
const bad = (message: string, reason = 'Creating', status: number = Status.FALSE): Condition => ({
  type: TYPE,
  status,
  reason,
  message,
});
const seen = (message: string, rest: Partial<ObservedCondition> = {}): ObservedCondition => ({
  type: TYPE,
  status: 'False',
  reason: 'Creating',
  message,
  ...rest,
});

describe('mergeConditions', () => {
  for (const { what, earlier, own, merged } of [
    { what: 'one condition', earlier: undefined, own: bad('a'), merged: bad('a') },
    { what: 'two True', earlier: undefined, own: ok, merged: ok },
    { what: 'an earlier True', earlier: ok, own: bad('a'), merged: bad('a') },
    { what: 'a True of its own', earlier: bad('a'), own: ok, merged: bad('a') },
    { what: 'two False: the first reason', earlier: bad('a', 'One'), own: bad('b', 'Two'), merged: bad('a; b', 'One') },
    {
      what: 'False after Unknown',
      earlier: bad('a', 'One', Status.UNKNOWN),
      own: bad('b', 'Two'),
      merged: bad('a; b', 'Two'),
    },
    {
      what: 'Unknown after False',
      earlier: bad('a', 'One'),
      own: bad('b', 'Two', Status.UNKNOWN),
      merged: bad('a; b', 'One'),
    },
    {
      what: 'Unknown after True',
      earlier: ok,
      own: bad('b', 'Two', Status.UNKNOWN),
      merged: bad('b', 'Two', Status.UNKNOWN),
    },
  ]) {
    test(what, () => expect(mergeConditions(earlier, own)).toEqual(merged));
  }
});

describe('labelled', () => {
  for (const { what, condition, label, message } of [
    { what: 'True has no label', condition: ok, label: 'west-', message: undefined },
    { what: 'the first step has none', condition: bad('a'), label: '', message: 'a' },
    { what: 'another has its prefix', condition: bad('a'), label: 'west-', message: 'west-: a' },
    {
      what: "a provider's message cannot imitate the label of another step",
      condition: bad('a; east-: b'),
      label: '',
      message: 'a, east-: b',
    },
  ]) {
    test(what, () => expect(labelled(condition, label).message).toBe(message));
  }
});

describe('withLaterSteps', () => {
  const later = (message: string) => bad(message);
  const wasPresent = (label: string) => label !== 'gone-';
  for (const { what, merged, observed, labels = [''], said } of [
    { what: 'nothing was observed', merged: ok, observed: undefined, said: ok },
    { what: 'a later step has not run yet', merged: ok, observed: seen('west-: x'), said: later('west-: x') },
    {
      what: 'two later steps have not run yet',
      merged: ok,
      observed: seen('b-: x; c-: y'),
      labels: ['', 'a-'],
      said: later('b-: x; c-: y'),
    },
    { what: 'the later step has run', merged: ok, observed: seen('west-: x'), labels: ['', 'west-'], said: ok },
    { what: 'the observed message is of this step', merged: ok, observed: seen('Waiting for a'), said: ok },
    {
      what: 'the own message, then that of a later step',
      merged: bad('a'),
      observed: seen('a; b-: x'),
      said: later('a; b-: x'),
    },
    { what: 'the own message changed', merged: bad('a2'), observed: seen('a; b-: x'), said: bad('a2') },
    { what: 'the own message was removed', merged: ok, observed: seen('a; b-: x'), said: ok },
    {
      what: 'Unknown is kept',
      merged: ok,
      observed: seen('b-: x', { status: 'Unknown' }),
      said: bad('b-: x', 'Creating', Status.UNKNOWN),
    },
    { what: 'a step that was absent in the last reconcile', merged: ok, observed: seen('gone-: x'), said: ok },
    { what: 'a prefix without a dash is not a label', merged: ok, observed: seen('west: x'), said: ok },
  ]) {
    test(what, () => expect(withLaterSteps(merged, observed, { labels, wasPresent })).toEqual(said));
  }
});

describe('partOf', () => {
  const message = 'a; b; west-: c; d; east-: e';
  for (const [label, part] of [
    ['', 'a; b'],
    ['west-', 'west-: c; d'],
    ['east-', 'east-: e'],
    ['north-', ''],
  ] as const) {
    test(`of ${label || 'the first step'}`, () => expect(partOf(message, label)).toBe(part));
  }
});

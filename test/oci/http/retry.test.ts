import { describe, expect, test } from 'vitest';
import { DEFAULT_RETRY, parseRetryAfter, retryDelay, withRetries } from '../../../src/oci/http/retry.ts';
import { OciError, type OciErrorDetails } from '../../../src/oci/index.ts';
import { FAST_RETRY, rejection } from '../fixtures.ts';

const answered = (status: number, details: OciErrorDetails = {}) =>
  new OciError('REGISTRY_ERROR', 'x', { status, ...details });
const broken = (code: string) => new OciError('CONNECTION', 'x', { cause: Object.assign(new Error('x'), { code }) });

describe('retryDelay', () => {
  test.each([
    ...[408, 429, 500, 502, 503, 504, 522].map((status) => ({
      error: answered(status),
      again: true,
      name: `${status}`,
    })),
    ...[400, 401, 403, 404, 405, 409, 413, 418, 501, 505].map((status) => ({
      error: answered(status),
      again: false,
      name: `${status}`,
    })),
    ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET', 'EAI_AGAIN'].map((code) => ({
      error: broken(code),
      again: true,
      name: code,
    })),
    ...['ENOTFOUND', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'EPROTO'].map((code) => ({
      error: broken(code),
      again: false,
      name: code,
    })),
    { error: new OciError('TIMEOUT', 'x'), again: false, name: 'a timeout' },
    { error: new OciError('DIGEST_MISMATCH', 'x'), again: false, name: 'wrong content' },
    { error: new TypeError('x'), again: false, name: 'a bug' },
  ])('$name is repeated: $again', ({ error, again }) => {
    expect(retryDelay(DEFAULT_RETRY, 1, error) !== undefined).toBe(again);
  });

  test('doubles with each attempt up to the maximum, and ends with the last attempt', () => {
    const policy = { attempts: 5, baseDelayMs: 100, maxDelayMs: 300 };
    const delays = [1, 2, 3, 4].map((tries) => retryDelay(policy, tries, answered(500)) ?? 0);
    for (const [index, want] of [100, 200, 300, 300].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(want * 0.95);
      expect(delays[index]).toBeLessThanOrEqual(want * 1.05);
    }
    expect(retryDelay(policy, 5, answered(500))).toBeUndefined();
  });

  test('waits as long as requested, unless that exceeds the maximum', () => {
    expect(retryDelay(DEFAULT_RETRY, 1, answered(429, { retryAfterMs: 30_000 }))).toBe(30_000);
    expect(retryDelay(DEFAULT_RETRY, 1, answered(429, { retryAfterMs: 30_001 }))).toBeUndefined();
    expect(retryDelay(DEFAULT_RETRY, 1, answered(429, { retryAfterMs: 0 }))).toBe(0);
  });
});

test.each([
  { value: undefined, want: undefined },
  { value: '0', want: 0 },
  { value: '120', want: 120_000 },
  { value: 'Thu, 01 Jan 1970 00:00:10 GMT', want: 9_000 },
  { value: 'Thu, 01 Jan 1970 00:00:00 GMT', want: 0 },
  { value: 'soon', want: undefined },
  { value: '-1', want: undefined },
  { value: '1'.repeat(40), want: undefined },
])('Retry-After $value is $want ms', ({ value, want }) => {
  expect(parseRetryAfter(value, 1000)).toBe(want);
});

test('returns the result of the first successful attempt, within the allowed number', async () => {
  let tries = 0;
  const work = (failures: number) => async () => {
    tries += 1;
    if (tries <= failures) throw answered(503);
    return tries;
  };
  expect(await withRetries(FAST_RETRY, undefined, work(3))).toBe(4);
  tries = 0;
  await rejection(withRetries(FAST_RETRY, undefined, work(9)), 'REGISTRY_ERROR');
  expect(tries).toBe(FAST_RETRY.attempts);
});

test('a signal ends the delay', async () => {
  const controller = new AbortController();
  const waiting = withRetries({ attempts: 9, baseDelayMs: 60_000, maxDelayMs: 60_000 }, controller.signal, async () => {
    queueMicrotask(() => controller.abort());
    throw answered(500);
  });
  await rejection(waiting, 'CANCELED');
});

test('concurrent delays without a signal are independent', async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error) => warnings.push(name);
  process.on('warning', listen);
  const failures = Array.from({ length: 20 }, () => {
    const policy = { attempts: 2, baseDelayMs: 20, maxDelayMs: 20 };
    return rejection(
      withRetries(policy, undefined, () => Promise.reject(answered(503))),
      'REGISTRY_ERROR',
    );
  });
  await Promise.all(failures);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});

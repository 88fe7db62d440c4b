import { describe, expect, test } from 'vitest';
import { createRedactor, maskUrl, parseUrl } from '../../../src/oci/http/redact.ts';
import { thrownCode } from '../fixtures.ts';

test.each([
  { url: 'https://reg.example.com/v2/', want: 'https://reg.example.com/v2/', reason: 'nothing to hide' },
  { url: 'https://u:p@reg.example.com/', want: 'https://reg.example.com/', reason: 'credentials' },
  {
    url: 'https://s3.example.com/b?X-Amz-Signature=abc&n=1',
    want: 'https://s3.example.com/b?X-Amz-Signature=REDACTED&n=1',
    reason: 'a signature',
  },
  {
    url: 'https://r/t?scope=repository:a:pull&token=x#frag',
    want: 'https://r/t?scope=repository:a:pull&token=REDACTED',
    reason: 'a scope is harmless',
  },
])('masks $reason', ({ url, want }) => {
  expect(maskUrl(new URL(url))).toBe(want);
});

describe('a redactor', () => {
  test('masks the remembered secrets only', () => {
    const redactor = createRedactor();
    redactor.remember('hunter22');
    redactor.remember('ab');
    expect(redactor.redact('password hunter22 about hunter22')).toBe('password REDACTED about REDACTED');
  });

  test('remembers the latest 64', () => {
    const redactor = createRedactor();
    for (let index = 0; index < 65; index += 1) redactor.remember(`secret-${String(index).padStart(3, '0')}`);
    expect(redactor.redact('secret-000 secret-001 secret-064')).toBe('secret-000 REDACTED REDACTED');
  });
});

test('an invalid URL is not in its error', () => {
  expect(thrownCode(() => parseUrl('https://[bad?signature=x', undefined, 'the redirect'))).toBe('INVALID_RESPONSE');
  try {
    parseUrl('https://[bad?signature=x', undefined, 'the redirect');
  } catch (error) {
    expect(String(error)).not.toContain('signature');
    expect(error).not.toHaveProperty('cause');
  }
});

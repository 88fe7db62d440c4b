import { expect, test } from 'vitest';
import { createBearerTokens } from '../../../src/oci/auth/bearer-tokens.ts';
import { createRedactor } from '../../../src/oci/http/redact.ts';

const challenge = { kind: 'bearer', realm: 'https://auth.example.com/token' } as const;
const access = {
  repository: { registry: 'registry.example.com', repository: 'acme/cfg' },
  scopes: ['repository:acme/cfg:pull'],
};

test('a caller that waits for the token of another one is canceled by its own signal', async () => {
  let answer: (token: { value: string; expiresAt: number }) => void = () => undefined;
  const token = new Promise<{ value: string; expiresAt: number }>((resolve) => {
    answer = resolve;
  });
  const tokens = createBearerTokens(
    async () => undefined,
    () => token,
    createRedactor(),
  );
  const first = tokens.get(access, challenge);
  await new Promise(setImmediate);
  const stopping = new AbortController();
  const second = tokens.get({ ...access, signal: stopping.signal }, challenge).catch((error: unknown) => error);
  stopping.abort();
  const late = new Promise((resolve) => setTimeout(resolve, 200, 'late'));
  expect(await Promise.race([second, late])).toMatchObject({ code: 'CANCELED' });
  answer({ value: 'secret', expiresAt: Date.now() + 60_000 });
  expect(await first).toBe('secret');
});

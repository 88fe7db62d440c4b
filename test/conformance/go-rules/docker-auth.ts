import fc from 'fast-check';
import { expect } from 'vitest';
import * as z from 'zod';
import { type Credentials, OciError } from '../../../src/oci/index.ts';

/** The answer of both sides without a login. */
export const ANONYMOUS = 'anonymous';

/** The forms that an entry of `auths` has. */
export const entryForm = fc.oneof(
  { weight: 4, arbitrary: fc.constant('auth') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('username', 'identitytoken', 'registrytoken', 'empty', 'no colon', 'colon in password'),
  },
);

/** An entry of that form, whose user identifies it. */
export function entryOf(form: string, user: string): object {
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  switch (form) {
    case 'username':
      return { username: user, password: 'p' };
    case 'identitytoken':
      return { auth: base64(`${user}:p`), identitytoken: `token of ${user}` };
    case 'registrytoken':
      return { registrytoken: `token of ${user}` };
    case 'empty':
      return {};
    case 'no colon':
      return { auth: base64(user) };
    case 'colon in password':
      return { auth: base64(`${user}:p:q`) };
    default:
      return { auth: base64(`${user}:p`) };
  }
}

/** Formats the login that was found; undefined if the input was refused. */
export async function described(find: () => Promise<Credentials | undefined>): Promise<string | undefined> {
  try {
    const credentials = await find();
    if (credentials === undefined) return ANONYMOUS;
    return credentials.kind === 'basic' ? `${credentials.username}:${credentials.password}` : credentials.token;
  } catch (error) {
    expect(error).toBeInstanceOf(OciError);
    return undefined;
  }
}

const answer = z.object({
  auth: z.record(z.string(), z.string()).nullish(),
  error: z.string().optional(),
});

/** Formats an answer of test/tools/go-rules in the same way. */
export function describedByGo(text: string | undefined): string | undefined {
  const { auth, error } = answer.parse(JSON.parse(text ?? ''));
  if (error !== undefined) return undefined;
  const { username = '', password = '', identitytoken, registrytoken } = auth ?? {};
  const token = registrytoken ?? identitytoken;
  if (token !== undefined) return token;
  return username === '' && password === '' ? ANONYMOUS : `${username}:${password}`;
}

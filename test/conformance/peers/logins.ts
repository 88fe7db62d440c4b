import { putPackage } from './artifact.ts';
import { LOGIN } from './registries.ts';
import type { Row } from './row.ts';

const base64 = (username: string, password: string) => Buffer.from(`${username}:${password}`).toString('base64');
/** The valid login, and an invalid one. */
const RIGHT = { auth: base64(LOGIN.username, LOGIN.password) };
const WRONG = { auth: base64('another', 'wrong') };

/** A registry that requires a login, and a docker config with entries under these keys, in which HOST represents the registry. */
function row(name: string, auths: Readonly<Record<string, object>>, rest: Partial<Row> = {}): Row {
  return {
    ...rest,
    name,
    options: { auth: { kind: 'basic', ...LOGIN } },
    auths: (host) =>
      Object.fromEntries(Object.entries(auths).map(([key, entry]) => [key.replace('HOST', host), entry])),
    prepare: (registry) => putPackage(registry),
  };
}

const under = (...keys: readonly string[]) => keys.map((key) => row(`a login under ${key}`, { [key]: RIGHT }));

/** Forms of docker configs; the package is in HOST/acme/cfg. */
export const loginRows: readonly Row[] = [
  ...under('HOST', 'HOST/', 'HOST/v1/', 'HOST/v2/', 'HOST/v1', 'HOST/v2'),
  ...under('https://HOST', 'https://HOST/', 'http://HOST', 'https://HOST/v1/', 'https://HOST/v2/', 'https://HOST/v2'),
  ...under('https://HOST/acme', 'https://HOST/some/service', 'HOST/acme', 'HOST/acme/', 'HOST/acme/cfg'),
  row('a login under HOST/other', { 'HOST/other': RIGHT }, { reason: 'the login is for other repositories' }),
  row('a login under HOST/ac', { 'HOST/ac': RIGHT }, { reason: 'the login is for other repositories' }),
  row('a login under HOST/acme, and another under HOST', { HOST: WRONG, 'HOST/acme': RIGHT }),
  row('a login under HOST, and another under HOST/other', { 'HOST/other': WRONG, HOST: RIGHT }),
  row('a login under HOST, and another under https://HOST/v1/', { 'https://HOST/v1/': WRONG, HOST: RIGHT }),
  row('a login under https://HOST/v1/, and another for HOST.example.com', {
    'HOST.example.com': WRONG,
    'https://HOST/v1/': RIGHT,
  }),
  row('a login, and an entry of another registry that cannot be read', {
    'registry.example.com': { auth: 'no base64' },
    HOST: RIGHT,
  }),
  row('a login as user name and password', { HOST: LOGIN }),
  row('a login with fields that are null', { HOST: { ...RIGHT, identitytoken: null, email: null } }),
  row('another login', { HOST: WRONG }),
  row('no login', {}),
];

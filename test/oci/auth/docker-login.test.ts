import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dockerConfigSource, removeLogin, saveLogin } from '../../../src/oci/index.ts';

let home: string;
let config: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'oci-login-'));
  config = join(home, '.docker/config.json');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const LOGIN = { username: 'ci', password: 'pass:word' };
const AUTH = { auth: Buffer.from('ci:pass:word').toString('base64') };
const REGISTRY = 'reg.example.com';

async function given(content: object): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(config, JSON.stringify(content));
}
const kept = async (): Promise<unknown> => JSON.parse(await readFile(config, 'utf8'));
const found = (registry = REGISTRY) => dockerConfigSource({}, home).get({ registry, repository: 'a/b' });

describe('a login', () => {
  test('is stored in a new file that only its owner can read, and found there', async () => {
    expect(await saveLogin(REGISTRY, LOGIN, {}, home)).toBe(config);
    expect(await kept()).toEqual({ auths: { [REGISTRY]: AUTH } });
    expect((await stat(config)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, '.docker'))).mode & 0o777).toBe(0o700);
    expect(await found()).toMatchObject({ kind: 'basic', ...LOGIN });
  });

  test.each([
    ['reg.example.com', 'reg.example.com'],
    ['index.docker.io', 'https://index.docker.io/v1/'],
  ])('for %s has the same key as in docker', async (registry, key) => {
    await saveLogin(registry, LOGIN, {}, home);
    expect(await kept()).toEqual({ auths: { [key]: AUTH } });
    expect(await found(registry)).toMatchObject({ kind: 'basic', ...LOGIN });
  });

  test('replaces only the previous login, in any form of its key', async () => {
    const others = { 'other.example.com': AUTH, 'reg.example.com/team': AUTH };
    await given({ auths: { 'https://reg.example.com/v1/': { auth: 'eDp5' }, ...others }, proxies: { a: 1 } });
    await chmod(config, 0o644);
    await saveLogin(REGISTRY, LOGIN, {}, home);
    expect(await kept()).toEqual({ auths: { ...others, [REGISTRY]: AUTH }, proxies: { a: 1 } });
    expect((await stat(config)).mode & 0o777).toBe(0o600);
  });

  test('is written to the target of a link that does not exist yet', async () => {
    await mkdir(join(home, '.docker'));
    await symlink('../real.json', config);
    await saveLogin(REGISTRY, LOGIN, {}, home);
    expect((await lstat(config)).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(join(home, 'real.json'), 'utf8'))).toEqual({ auths: { [REGISTRY]: AUTH } });
  });

  test('is written to the target of a link', async () => {
    await mkdir(join(home, '.docker'));
    await writeFile(join(home, 'real.json'), '{}');
    await symlink(join(home, 'real.json'), config);
    await saveLogin(REGISTRY, LOGIN, {}, home);
    expect(JSON.parse(await readFile(join(home, 'real.json'), 'utf8'))).toEqual({ auths: { [REGISTRY]: AUTH } });
  });

  test('is written to $DOCKER_CONFIG', async () => {
    expect(await saveLogin(REGISTRY, LOGIN, { DOCKER_CONFIG: join(home, 'x') }, home)).toBe(
      join(home, 'x/config.json'),
    );
  });

  test.each([
    ['JSON that is none', '{"auths": {"reg.example.com": {"auth": "c2VjcmV0'],
    ['a list', '[]'],
  ])('is not written over %s', async (_, text) => {
    await given({});
    await writeFile(config, text);
    await expect(saveLogin(REGISTRY, LOGIN, {}, home)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await readFile(config, 'utf8')).toBe(text);
  });
});

describe('a logout', () => {
  test('removes each form of the registry, not its paths', async () => {
    const stay = { 'reg.example.com/team': AUTH, 'reg.example.com:5000': AUTH };
    await given({ auths: { 'https://reg.example.com': AUTH, 'reg.example.com/v2/': AUTH, ...stay } });
    expect(await removeLogin(REGISTRY, {}, home)).toBe(config);
    expect(await kept()).toEqual({ auths: stay });
  });

  test('of a registry without a login changes nothing', async () => {
    expect(await removeLogin(REGISTRY, {}, home)).toBeUndefined();
    await expect(stat(config)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a credential helper', () => {
  /** A helper that keeps each login in a file of its own. */
  beforeEach(async () => {
    const program = join(home, 'docker-credential-test');
    const script = `#!/bin/sh
case $1 in
  store) cat > ${home}/kept ;;
  get) [ -f ${home}/kept ] || { echo 'credentials not found in native keychain'; exit 1; }; cat ${home}/kept ;;
  erase) cat > ${home}/erased; rm ${home}/kept ;;
esac
`;
    await writeFile(program, script, { mode: 0o755 });
    vi.stubEnv('PATH', `${home}${delimiter}${process.env.PATH}`);
  });

  test.each([[{ credsStore: 'test' }], [{ credHelpers: { [REGISTRY]: 'test' } }]])(
    'named by %j stores the login, and the config contains an empty entry',
    async (named) => {
      await given(named);
      expect(await saveLogin(REGISTRY, LOGIN, {}, home)).toBe('docker-credential-test');
      expect(JSON.parse(await readFile(join(home, 'kept'), 'utf8'))).toEqual({
        ServerURL: REGISTRY,
        Username: LOGIN.username,
        Secret: LOGIN.password,
      });
      expect(await kept()).toEqual({ ...named, auths: { [REGISTRY]: {} } });
      expect(await found()).toMatchObject({ kind: 'basic', ...LOGIN });

      expect(await removeLogin(REGISTRY, {}, home)).toBe('docker-credential-test');
      expect(await readFile(join(home, 'erased'), 'utf8')).toBe(REGISTRY);
      expect(await kept()).toEqual({ ...named, auths: {} });
    },
  );

  test('that is not installed is named in the error, and nothing is written', async () => {
    vi.stubEnv('PATH', home);
    await given({ credsStore: 'none' });
    await expect(saveLogin(REGISTRY, LOGIN, {}, home)).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER',
      message: 'cannot use the credential helper "docker-credential-none": it is not installed',
    });
    expect(await kept()).toEqual({ credsStore: 'none' });
  });

  test.each([
    {
      name: 'is not executable',
      script: '#!/bin/sh\n',
      mode: 0o644,
      why: /: it is not executable, or a folder in PATH cannot be searched$/,
    },
    {
      name: 'is terminated',
      script: '#!/bin/sh\nkill -TERM $$\n',
      mode: 0o755,
      why: /: it was terminated by SIGTERM; its output is not shown/,
    },
  ])('that $name is named in the error, with the reason', async ({ script, mode, why }) => {
    await given({ credsStore: 'test' });
    await writeFile(join(home, 'docker-credential-test'), script);
    await chmod(join(home, 'docker-credential-test'), mode);
    vi.stubEnv('PATH', `${home}${delimiter}/usr/bin${delimiter}/bin`);
    await expect(saveLogin(REGISTRY, LOGIN, {}, home)).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER',
      message: expect.stringMatching(why),
    });
  });

  test('that fails is named in the error, with the command to run and without its output', async () => {
    await given({ credsStore: 'test' });
    await writeFile(join(home, 'docker-credential-test'), '#!/bin/sh\ncat\nexit 3\n', { mode: 0o755 });
    await expect(saveLogin(REGISTRY, LOGIN, {}, home)).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER',
      message:
        'cannot use the credential helper "docker-credential-test": it exited with 3; its output is not shown because it may contain secrets; to see it, run docker-credential-test store',
    });
    expect(await kept()).toEqual({ credsStore: 'test' });
  });
});

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { PROGRAM } from '../program.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'login-'));
});
afterEach(() => rm(home, { recursive: true }));

const SECRET = 'sesame-7';

async function program(args: readonly string[], input = '', HOME = home) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH: process.env.PATH, HOME } });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

describe.each(['basic', 'bearer'] as const)('login to a registry with %s authentication', (kind) => {
  let registry: RegistryServer;
  beforeEach(async () => {
    registry = await startRegistry({ auth: { kind, username: 'ci', password: SECRET } });
  });
  afterEach(() => registry.close());
  const config = () => join(home, '.docker/config.json');

  test('reads the password from standard input, and stores it for later commands until logout', async () => {
    const loggedIn = await program(['login', registry.host, '-u', 'ci', '--password-stdin'], `${SECRET}\n`);
    const where = `logged in to ${registry.host} as ci; the login is stored in ${config()}\n`;
    expect(loggedIn).toEqual({ code: 0, stdout: '', stderr: where });
    expect((await stat(config())).mode & 0o777).toBe(0o600);

    const tags = ['tags', `${registry.host}/acme/x`];
    expect((await program(tags)).stderr).toMatch(/not found|404/i);
    const loggedOut = await program(['logout', `https://${registry.host}/`]);
    expect(loggedOut).toMatchObject({ code: 0, stderr: expect.stringContaining('removed the login for') });
    expect((await program(tags)).stderr).toMatch(/401|credentials|login/i);
    expect((await program(['logout', registry.host])).stderr).toBe(`no login found for ${registry.host}\n`);
  });

  test('refuses a wrong password, which is neither stored nor printed', async () => {
    const { code, stderr } = await program(['login', registry.host, '-u', 'ci', '--password-stdin'], 'wrong-one');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[\w-]+: cannot [^\n]*\n$/);
    expect(stderr).not.toContain('wrong-one');
    await expect(readFile(config())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('fails when no folder can be created in the home directory', async () => {
    const { code, stderr } = await program(['login', registry.host, '-u', 'ci', '--password-stdin'], SECRET, '/proc');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('cannot write /proc/.docker/config.json: no folder can be created in /proc'),
    });
  });

  test('warns about a password in the arguments', async () => {
    const { code, stderr } = await program(['login', registry.host, '-u', 'ci', '-p', SECRET]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: a password on the command line /);
    expect(stderr).not.toContain(SECRET);
  });

  test('accepts --creds for one command, with the password on standard input or, with a warning, in the arguments', async () => {
    registry.putManifest(
      'acme/x',
      'v1',
      Buffer.from('{"schemaVersion":2}'),
      'application/vnd.oci.image.manifest.v1+json',
    );
    const tags = ['tags', `${registry.host}/acme/x`];
    expect(await program([...tags, '--creds', 'ci'], SECRET)).toEqual({ code: 0, stdout: 'v1\n', stderr: '' });
    const warned = await program([...tags, '--creds', `ci:${SECRET}`]);
    expect(warned).toMatchObject({ code: 0, stdout: 'v1\n' });
    expect(warned.stderr).toMatch(/^warning: a password on the command line [^\n]*\n$/);
    expect(await program([...tags, '--creds', 'ci:wrong-one'])).toMatchObject({ code: 1, stdout: '' });
  });
});

test.each([
  { args: ['login', 'reg.example.com'], says: /required option '-u, --username <name>' not specified/ },
  { args: ['login', 'reg.example.com', '-u', 'x'], says: /standard input is not a terminal; use --password-stdin\n$/ },
  {
    args: ['login', 'reg.example.com', '-u', 'x', '--password-stdin'],
    says: /invalid password .* on standard input: it is empty\n$/,
  },
  {
    args: ['login', 'reg.example.com', '-u', 'x', '-p', 'y', '--password-stdin'],
    says: /--password must not be used with --password-stdin\n$/,
  },
  { args: ['login', 'acme', '-u', 'x'], says: /invalid registry "acme": must be host\[:port\]/ },
  { args: ['logout', 'reg.example.com/acme'], says: /invalid registry "reg.example.com\/acme"/ },
])('$args is refused', async ({ args, says }) => {
  const { code, stderr } = await program(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(says);
});

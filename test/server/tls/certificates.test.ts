import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { credentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { type Identity, makeAuthority, makeIdentity } from '../make-certificates.ts';
import { samplesOf } from '../metrics/samples.ts';
import { call, claimRequest, connect, startService, type TestService } from '../service.ts';

const authority = makeAuthority('one authority');
const otherAuthority = makeAuthority('another authority');
const server = makeIdentity('server', authority);
const client = makeIdentity('client', authority);
const stranger = makeIdentity('stranger', otherAuthority);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Writes files atomically, as Kubernetes does. */
async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, `..${name}`), content);
    await rename(join(folder, `..${name}`), join(folder, name));
  }
}

async function certificateFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  closing.push(() => rm(folder, { recursive: true }));
  await write(folder, {
    'tls.crt': server.certificate,
    'tls.key': server.key,
    'ca.crt': authority.certificate,
    ...files,
  });
  return folder;
}

async function service(folder: string): Promise<TestService> {
  const started = await startService({ tlsCertsDir: folder });
  closing.push(() => started.stop(0));
  return started;
}

/** One call on a new connection with the client certificate `identity`, which trusts servers of `trusted`. */
async function callAs({ address }: TestService, identity: Identity | undefined, trusted = authority): Promise<Buffer> {
  const [key, certificate] = identity ? [Buffer.from(identity.key), Buffer.from(identity.certificate)] : [null, null];
  const caller = connect(address, credentials.createSsl(Buffer.from(trusted.certificate), key, certificate));
  return call(caller, claimRequest()).finally(() => caller.close());
}

const REFUSED = { code: status.UNAVAILABLE };

describe('metrics', () => {
  const samples = async ({ httpPort }: TestService) =>
    samplesOf(await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text());
  const endOf = (pem: string) => Date.parse(new X509Certificate(pem).validTo) / 1000;
  const expiry = (found: ReadonlyMap<string, number>, certificate: string) =>
    found.get(`function_workload_ecr_tls_certificate_expiry_timestamp_seconds{certificate="${certificate}"}`);

  test('contain the expiry of the current certificates, also after a renewal', async () => {
    const folder = await certificateFolder({ 'tls.crt': `${server.certificate}${otherAuthority.certificate}` });
    const running = await service(folder);
    const first = await samples(running);
    expect(expiry(first, 'server')).toBe(endOf(server.certificate));
    expect(expiry(first, 'client_ca')).toBe(endOf(authority.certificate));
    const shorter = makeIdentity('server', authority, { days: [-1, 0.5] });
    await write(folder, { 'tls.key': shorter.key, 'tls.crt': shorter.certificate });
    await running.log.line('loaded renewed certificates');
    const renewed = expiry(await samples(running), 'server');
    expect(renewed).toBe(endOf(shorter.certificate));
    expect(renewed).not.toBe(endOf(server.certificate));
  });

  test('count refused clients and failed handshakes', async () => {
    const running = await service(await certificateFolder());
    await callAs(running, stranger).catch(() => undefined);
    await once(connectTcp(running.port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n'), 'close');
    const found = await samples(running);
    const refused = (reason: string) =>
      found.get(`function_workload_ecr_refused_connections_total{reason="${reason}"}`);
    expect(refused('certificate')).toBeGreaterThanOrEqual(1);
    expect(refused('handshake')).toBe(1);
    expect(refused('limit')).toBe(0);
  });
});

describe('mutual TLS', () => {
  test('accepts a client with a certificate of its authority', async () => {
    expect(await callAs(await service(await certificateFolder()), client)).toBeInstanceOf(Buffer);
  });

  for (const { name, identity } of [
    { name: 'without a certificate', identity: undefined },
    { name: 'with a certificate of another authority', identity: stranger },
  ]) {
    test(`refuses a client ${name}`, async () => {
      await expect(callAs(await service(await certificateFolder()), identity)).rejects.toMatchObject(REFUSED);
    });
  }

  test('refuses a client without TLS', async () => {
    const { address } = await service(await certificateFolder());
    const plain = connect(address);
    closing.push(() => plain.close());
    await expect(call(plain, claimRequest())).rejects.toMatchObject(REFUSED);
  });

  test('accepts clients of each authority in ca.crt', async () => {
    const folder = await certificateFolder({ 'ca.crt': `${authority.certificate}${otherAuthority.certificate}` });
    const both = await service(folder);
    await callAs(both, client);
    await callAs(both, stranger);
  });
});

// Crossplane gives its authority and all certificates the same name.
describe('with an authority that has the same name as its clients', () => {
  const NAME = 'Crossplane';
  const crossplane = makeAuthority(NAME);
  const impostor = makeAuthority(NAME);
  const running = async () => service(await certificateFolder({ 'ca.crt': crossplane.certificate }));

  test('accepts its client', async () => {
    const own = makeIdentity(NAME, crossplane, { use: 'client' });
    expect(await callAs(await running(), own)).toBeInstanceOf(Buffer);
  });

  for (const { name, identity, problem } of [
    {
      name: 'has an issuer of the same name but another authority',
      identity: makeIdentity(NAME, impostor),
      problem: /not issued by an authority/,
    },
    { name: 'is self-signed', identity: impostor, problem: /not issued by an authority/ },
    {
      name: 'is issued by a client',
      identity: makeIdentity(NAME, makeIdentity(NAME, crossplane)),
      problem: /not issued by an authority/,
    },
    {
      name: 'has expired',
      identity: makeIdentity(NAME, crossplane, { days: [-2, -1] }),
      problem: /CERT_HAS_EXPIRED/,
    },
    {
      name: 'is not valid yet',
      identity: makeIdentity(NAME, crossplane, { days: [1, 2] }),
      problem: /CERT_NOT_YET_VALID/,
    },
    {
      name: 'is for servers only',
      identity: makeIdentity(NAME, crossplane, { use: 'server' }),
      problem: /INVALID_PURPOSE/,
    },
  ]) {
    test(`refuses a client whose certificate ${name}, and logs the reason`, async () => {
      const refusing = await running();
      await expect(callAs(refusing, identity)).rejects.toMatchObject(REFUSED);
      expect(await refusing.log.line('refused client')).toMatchObject({ problem: expect.stringMatching(problem) });
    });
  }

  test('refuses all clients once the authority itself has expired', async () => {
    const ended = makeAuthority(NAME, [-2, -1]);
    const refusing = await service(await certificateFolder({ 'ca.crt': ended.certificate }));
    await expect(callAs(refusing, makeIdentity(NAME, ended))).rejects.toMatchObject(REFUSED);
  });
});

describe('renewed certificates', () => {
  test('are used for new connections, and existing connections continue', async () => {
    const folder = await certificateFolder();
    const running = await service(folder);
    const standing = connect(
      running.address,
      credentials.createSsl(
        Buffer.from(authority.certificate),
        Buffer.from(client.key),
        Buffer.from(client.certificate),
      ),
    );
    closing.push(() => standing.close());
    await call(standing, claimRequest());
    const before = await shownBy(running);
    const renewed = makeIdentity('server renewed', authority);
    await write(folder, { 'tls.crt': renewed.certificate, 'tls.key': renewed.key });
    await running.log.line('loaded renewed certificates');
    expect(before).toBe('server');
    expect(await shownBy(running)).toBe('server renewed');
    await callAs(running, client);
    await call(standing, claimRequest());
  });

  test('of another authority change which clients are accepted', async () => {
    const folder = await certificateFolder();
    const running = await service(folder);
    await write(folder, { 'ca.crt': otherAuthority.certificate });
    await running.log.line('loaded renewed certificates');
    await expect(callAs(running, client)).rejects.toMatchObject(REFUSED);
    await callAs(running, stranger);
    await expect(callAs(running, undefined)).rejects.toMatchObject(REFUSED);
  });

  const half = (text: string) => text.slice(0, text.length / 2);
  for (const { name, files } of [
    { name: 'half a certificate', files: { 'tls.crt': half(server.certificate) } },
    { name: 'an empty certificate', files: { 'tls.crt': '' } },
    { name: 'half a key', files: { 'tls.key': half(server.key) } },
    { name: 'the certificate of another key', files: { 'tls.crt': makeIdentity('server', authority).certificate } },
    { name: 'a truncated authority', files: { 'ca.crt': half(authority.certificate) } },
    {
      name: 'an authority and a truncated one',
      files: { 'ca.crt': otherAuthority.certificate + half(authority.certificate) },
    },
    { name: 'no authority', files: { 'ca.crt': '' } },
    { name: 'other text instead of an authority', files: { 'ca.crt': 'not a certificate\n' } },
  ]) {
    test(`are not loaded while there is ${name}`, async () => {
      const folder = await certificateFolder();
      const running = await service(folder);
      await write(folder, files);
      expect(await running.log.line('kept the previous certificates')).toMatchObject({
        err: { code: 'BAD_CERTIFICATES' },
      });
      await callAs(running, client);
      await expect(callAs(running, undefined)).rejects.toMatchObject(REFUSED);
      const renewed = makeIdentity('whole again', authority);
      await write(folder, { 'tls.crt': renewed.certificate, 'tls.key': renewed.key, 'ca.crt': authority.certificate });
      await running.log.line('loaded renewed certificates');
      expect(await shownBy(running)).toBe('whole again');
    });
  }

  test('are not loaded while a file is missing, which is logged once', async () => {
    const folder = await certificateFolder();
    const running = await service(folder);
    await unlink(join(folder, 'tls.key'));
    await running.log.line('kept the previous certificates');
    for (let calls = 0; calls < 5; calls++) await callAs(running, client);
    expect(running.log.lines.filter(({ msg }) => msg === 'kept the previous certificates')).toHaveLength(1);
  });
});

describe('a service does not start', () => {
  for (const { name, files, message } of [
    {
      name: 'with half a certificate',
      files: { 'tls.crt': server.certificate.slice(0, 99) },
      message: /cannot use tls.crt/,
    },
    { name: 'with the key of another certificate', files: { 'tls.key': client.key }, message: /cannot use tls.crt/ },
    { name: 'without an authority', files: { 'ca.crt': '' }, message: /ca.crt does not contain a certificate/ },
  ]) {
    test(name, async () => {
      const tlsCertsDir = await certificateFolder(files);
      await expect(startService({ tlsCertsDir })).rejects.toMatchObject({
        name: 'ServerError',
        code: 'BAD_CERTIFICATES',
        message: expect.stringMatching(message),
      });
    });
  }

  test('without the folder, and names the files that it must contain', async () => {
    await expect(startService({ tlsCertsDir: '/no/such/folder' })).rejects.toMatchObject({
      code: 'BAD_CERTIFICATES',
      message: expect.stringMatching(
        /cannot read \/no\/such\/folder\/\S+: no such file or folder; .* tls.crt, tls.key and ca.crt/,
      ),
    });
  });
});

/** The common name in the service's certificate. */
function shownBy({ port }: TestService): Promise<string> {
  return new Promise((resolve, reject) => {
    const identity = { key: client.key, cert: client.certificate, ca: authority.certificate };
    const socket = connectTls({ host: '127.0.0.1', port, ALPNProtocols: ['h2'], ...identity }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

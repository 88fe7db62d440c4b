import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArtifactSource, createArtifactSource } from '../../src/cache/artifacts/source.ts';
import type { JsonObject } from '../../src/json/value.ts';
import {
  createRegistryClient,
  type Descriptor,
  encodeManifest,
  parseReference,
  parseRepository,
  pullArtifact,
  pushArtifact,
  type RegistryClient,
} from '../../src/oci/index.ts';
import { sourceFetcher } from '../cache/artifacts/worker/threads.ts';
import { objectAt } from '../function/call.ts';
import { conditionOf, startCluster } from '../function/package-cache/cluster.ts';
import { smallImage } from '../oci/fixtures.ts';
import { newInstance, trustedRootOf } from '../oci/sigstore/instance.ts';
import { toolPath } from '../tools/index.ts';
import { runProgram } from '../tools/run-program.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';
import { identityToken, type SigstoreServices, startServices } from './sigstore-services.ts';

// Packages signed by cosign in a real registry, as sources of a claim.

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
const HOLDER = { issuer: 'https://issuer.test', email: 'jane@acme.test' };
const [V2, V3] = ['cosign-v2', 'cosign'] as const;
const PLAIN = ['--use-signing-config=false'];
const REFERRERS = '--registry-referrers-mode=oci-1-1';

/** The forms in which cosign stores signatures, with the options that select them. */
const forms = [
  { form: 'a tag, by cosign 2', program: V2, options: [] },
  { form: 'a referrer of the old form, by cosign 2', program: V2, options: [REFERRERS] },
  { form: 'a bundle, by cosign 2', program: V2, options: ['--new-bundle-format'] },
  { form: 'a tag, by cosign 3', program: V3, options: [...PLAIN, '--new-bundle-format=false'] },
  {
    form: 'a referrer of the old form, by cosign 3',
    program: V3,
    options: [...PLAIN, '--new-bundle-format=false', REFERRERS],
  },
  { form: 'a bundle, by cosign 3', program: V3, options: PLAIN },
] as const;

const pairs = {
  'ECDSA P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ECDSA P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'ECDSA P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  'RSA 4096': generateKeyPairSync('rsa', { modulusLength: 4_096 }),
  Ed25519: generateKeyPairSync('ed25519'),
};
const keyTypes = Object.entries(pairs);
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

const instance = newInstance();
let folder: string;
let registry: RegistryProcess;
let services: SigstoreServices;
let client: RegistryClient;
let artifacts: ArtifactSource;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosign-'));
  [registry, services] = await Promise.all([startRegistryProcess(), startServices(instance)]);
  client = createRegistryClient();
  artifacts = createArtifactSource({
    fetcher: sourceFetcher(),
    aws: () => ({ get: async () => undefined }),
    now: () => 0,
    createClient: createRegistryClient,
  });
  for (const [name, { privateKey }] of keyTypes) {
    const file = join(folder, name);
    await writeFile(`${file}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await cosign(V3, ['import-key-pair', '--yes', '--key', `${file}.pem`, '--output-key-prefix', file]);
  }
  await writeServiceFiles();
});
afterAll(async () => {
  await Promise.all([artifacts.close(), client.close(), services.close()]);
  await registry.close();
  await rm(folder, { recursive: true });
});

/** Runs a version of cosign, without questions and without the caller's settings. */
function cosign(program: 'cosign' | 'cosign-v2', args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    COSIGN_PASSWORD: '',
    COSIGN_EXPERIMENTAL: '1',
    SIGSTORE_ROOT_FILE: join(folder, 'authorities.pem'),
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: join(folder, 'certificate-log.pub'),
    SIGSTORE_REKOR_PUBLIC_KEY: join(folder, 'rekor.pub'),
  };
  return runProgram(toolPath(program), args, { env, cwd: folder });
}

async function writeServiceFiles(): Promise<void> {
  const { issuing, root, certificateLog, logs } = instance;
  const url = (at: string, version = 1) => [
    { url: at, majorApiVersion: version, validFor: { start: '2020-01-01T00:00:00Z' }, operator: 'test' },
  ];
  const signingConfig = (version: 1 | 2, stamps: boolean) => ({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: url(services.url),
    oidcUrls: url(services.url),
    rekorTlogUrls: url(services.url, version),
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: stamps ? url(`${services.url}/api/v1/timestamp`) : [],
    tsaConfig: { selector: 'ANY' },
  });
  const files = {
    token: identityToken(HOLDER.issuer, HOLDER.email),
    'root.json': JSON.stringify(trustedRootOf(instance)),
    'authorities.pem': issuing.pem + root.pem,
    'certificate-log.pub': pemOf(certificateLog.publicKey),
    'rekor.pub': pemOf(logs[1].publicKey),
    'rekor1.json': JSON.stringify(signingConfig(1, false)),
    'rekor1-stamped.json': JSON.stringify(signingConfig(1, true)),
    'rekor2-stamped.json': JSON.stringify(signingConfig(2, true)),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

/** A package in a separate repository, as one image for one test. */
async function pushPackage(name: string): Promise<{ repository: string; subject: Descriptor }> {
  const repository = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const image = await smallImage(`${YAML}  annotations: {test: ${JSON.stringify(name)}}\n`);
  await pushArtifact(client, parseReference(`${registry.host}/${repository}:v1`), image);
  return { repository, subject: image.document.descriptor };
}

const imageOf = ({ repository, subject }: { repository: string; subject: Descriptor }) =>
  `${registry.host}/${repository}@${subject.digest}`;

/** The condition of a claim's source after a reconcile. */
async function claim(
  url: string,
  digest: string,
  verify: JsonObject,
  data: Readonly<Record<string, string>>,
): Promise<string> {
  const cluster = startCluster({ source: artifacts, budgetMs: 20_000 });
  cluster.input = { allowedRegistries: [registry.host], allowLocalAddresses: true, allowInsecure: true };
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const secret = { apiVersion: 'v1', kind: 'Secret', data: Object.fromEntries(entries) };
  cluster.objects.set('Secret/default/signers', secret);
  cluster.sources = [{ name: 'cfg', url: `oci://${url}`, ref: { digest }, insecure: true, verify }];
  await cluster.reconcile();
  const condition = conditionOf(await cluster.reconcile());
  const { message = '' } = objectAt(cluster.status, 'packageCache', 'cfg');
  return `${condition} ${message}`;
}

const NAME = { name: 'signers' };

/** Copies the signatures of one image to another one, as a writer of the repository can. */
async function moveSignatures(repository: string, from: Descriptor, to: Descriptor): Promise<void> {
  const at = parseRepository(`${registry.host}/${repository}`);
  const tagOf = ({ digest }: Descriptor) => `${digest.replace(':', '-')}.sig`;
  for (const { digest } of await client.listReferrers(at, from.digest)) {
    const artifact = await pullArtifact(client, { ...at, digest });
    if (artifact.kind !== 'image') continue;
    const document = encodeManifest({ ...artifact.document.manifest, subject: to });
    await pushArtifact(client, { ...at, digest: document.descriptor.digest }, { ...artifact, document });
  }
  const old = await pullArtifact(client, { ...at, tag: tagOf(from) }).catch(() => undefined);
  if (old !== undefined) await pushArtifact(client, { ...at, tag: tagOf(to) }, old);
}

describe.each(forms)('signed with $form', ({ form, program, options }) => {
  test.each(keyTypes)('is verified with a key of %s', async (type, { publicKey }) => {
    const signed = await pushPackage(`${form} ${type}`);
    const { repository, subject } = signed;
    const key = join(folder, `${type}.key`);
    await cosign(program, ['sign', '--yes', '--key', key, '--tlog-upload=false', ...options, imageOf(signed)]);
    const verify = { secretRef: NAME };
    const url = `${registry.host}/${repository}`;
    expect(await claim(url, subject.digest, verify, { 'cosign.pub': pemOf(publicKey) })).toMatch(/^true/);

    const [, others] = keyTypes.find(([other]) => other !== type) ?? [];
    const wrong = { 'cosign.pub': pemOf(others?.publicKey ?? publicKey) };
    expect(await claim(url, subject.digest, verify, wrong)).toMatch(
      /^false VerifyFailed .*\(signed with another key\)/,
    );
  });

  test('is refused for another image', async () => {
    const signed = await pushPackage(`moved ${form}`);
    const { repository, subject } = signed;
    const type = 'ECDSA P-256';
    await cosign(program, [
      'sign',
      '--yes',
      '--key',
      join(folder, `${type}.key`),
      '--tlog-upload=false',
      ...options,
      imageOf(signed),
    ]);
    const other = await smallImage(`${YAML}# another\n`);
    await pushArtifact(client, parseReference(`${registry.host}/${repository}:v2`), other);
    await moveSignatures(repository, subject, other.document.descriptor);
    const data = { 'cosign.pub': pemOf(pairs[type].publicKey) };
    const told = await claim(
      `${registry.host}/${repository}`,
      other.document.descriptor.digest,
      { secretRef: NAME },
      data,
    );
    expect(told).toMatch(/^false VerifyFailed .*\(signed for (another digest|sha256:)/);
  });
});

/** Signatures without a key: the program, and its options for the log. */
const SERVICES = ['--fulcio-url', 'URL', '--rekor-url', 'URL'];
const configured = (config: string) => ['--signing-config', `${config}.json`, '--trusted-root', 'root.json'];
const keyless = [
  { form: 'a tag, by cosign 2', program: V2, options: SERVICES },
  {
    form: 'a tag with a timestamp, by cosign 2',
    program: V2,
    options: [...SERVICES, '--timestamp-server-url', 'URL/api/v1/timestamp'],
  },
  { form: 'a referrer of the old form, by cosign 2', program: V2, options: [...SERVICES, REFERRERS] },
  { form: 'a bundle, by cosign 2', program: V2, options: [...SERVICES, '--new-bundle-format'] },
  { form: 'a tag, by cosign 3', program: V3, options: [...PLAIN, '--new-bundle-format=false', ...SERVICES] },
  { form: 'a bundle, by cosign 3', program: V3, options: configured('rekor1') },
  { form: 'a bundle with a timestamp, by cosign 3', program: V3, options: configured('rekor1-stamped') },
  { form: 'a bundle in the second version of Rekor, by cosign 3', program: V3, options: configured('rekor2-stamped') },
] as const;

describe.each(keyless)('signed by a certificate with $form', ({ form, program, options }) => {
  let signed: Awaited<ReturnType<typeof pushPackage>>;
  let url: string;
  beforeAll(async () => {
    signed = await pushPackage(`keyless ${form}`);
    url = `${registry.host}/${signed.repository}`;
    const given = options.map((option) => option.replace('URL', services.url));
    await cosign(program, ['sign', '--yes', '--identity-token', 'token', ...given, imageOf(signed)]);
  });
  const verifyFor = (subject: string) => ({
    matchOIDCIdentity: [{ issuer: '^https://issuer\\.test$', subject }],
    trustedRootSecretRef: NAME,
  });
  const root = JSON.stringify(trustedRootOf(instance));

  test('is verified for a claim, and by cosign itself', async () => {
    const data = { 'trusted_root.json': root };
    expect(await claim(url, signed.subject.digest, verifyFor('^jane@acme\\.test$'), data)).toMatch(/^true/);
    const identity = ['--certificate-identity', HOLDER.email, '--certificate-oidc-issuer', HOLDER.issuer];
    await cosign(V3, ['verify', ...identity, '--trusted-root', 'root.json', '--experimental-oci11', imageOf(signed)]);
  });

  test('is refused for another identity and for another root', async () => {
    const { digest } = signed.subject;
    const another = await claim(url, digest, verifyFor('^joe@'), { 'trusted_root.json': root });
    expect(another).toMatch(
      /^false VerifyFailed .*\(signed by "jane@acme.test" of "https:\/\/issuer.test", who is not an expected signer\)/,
    );
    const foreign = JSON.stringify(trustedRootOf(newInstance()));
    const untrusted = await claim(url, digest, verifyFor('^jane@'), { 'trusted_root.json': foreign });
    expect(untrusted).toMatch(/^false VerifyFailed .*(certificate path|timestamp could not be verified)/);
  });
});

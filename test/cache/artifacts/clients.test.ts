import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { createClientPool } from '../../../src/cache/artifacts/clients.ts';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import { createRegistryClient } from '../../../src/oci/index.ts';

const [CA = ''] = rootCertificates;

/** A pool, and a look at how many of its clients are open. */
function poolOf() {
  let open = 0;
  const pool = createClientPool({
    aws: () => ({ get: async () => undefined }),
    createClient: (options) => {
      const client = createRegistryClient(options);
      open += 1;
      const close = async () => {
        open -= 1;
        await client.close();
      };
      return { ...client, close };
    },
  });
  return { pool, open: () => open };
}

function requestOf(index: number, ca: string | undefined): SourceRequest {
  return {
    tenant: `tenant-${index}`,
    repository: { registry: 'registry.example.com', repository: 'a' },
    selection: { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    connection: { kind: 'tenant', pullSecrets: [], transport: { insecure: false, ...(ca !== undefined && { ca }) } },
    networks: { private: false, local: false },
    chunkSize: 1_024,
    maxBytes: 1_024,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([
  { what: 'without certificates', ca: undefined, left: 256 },
  { what: 'with certificates', ca: CA, left: 16 },
])('of idle clients $what, $left are kept open', async ({ ca, left }) => {
  const { pool, open } = poolOf();
  for (let index = 0; index < 300; index += 1) await pool.use(requestOf(index, ca), async () => undefined);
  await settled();
  expect(open()).toBe(left);
  await pool.destroy();
});

test('any number of clients in use are kept open, as are those without certificates', async () => {
  const { pool, open } = poolOf();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let index = 0; index < 40; index += 1) await pool.use(requestOf(index, undefined), async () => undefined);
  const using = Array.from({ length: 40 }, (_, index) => pool.use(requestOf(index, CA), () => held));
  await settled();
  expect(open()).toBe(80);
  release();
  await Promise.all(using);
  await settled();
  expect(open()).toBe(40 + 16);
  await pool.destroy();
});

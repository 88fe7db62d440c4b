import { gunzipSync } from 'node:zlib';
import type { ArtifactFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { Selection } from '../../../src/cache/artifacts/request.ts';
import { createRegistryClient, dockerConfigSource, parseReference } from '../../../src/oci/index.ts';
import { expectPackage } from './artifact.ts';

/** Reads a package as the source of a claim does. Throws if it cannot, or if the package is another one. */
export async function readAsSource(
  fetcher: ArtifactFetcher,
  name: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const client = createRegistryClient({ credentials: dockerConfigSource({ DOCKER_CONFIG: folder }) });
  const { registry, repository, tag = 'latest', digest } = parseReference(name);
  const selection: Selection = digest === undefined ? { kind: 'tag', tag } : { kind: 'digest', digest };
  const request = {
    repository: { registry, repository },
    selection,
    content: { kind: 'package' },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
  } as const;
  try {
    const task = { request, scope: 'peers', requester: 'peers', step: { kind: 'find', known: undefined } } as const;
    const found = await fetcher.run(client, task, signal);
    expectPackage(found === 'unchanged' ? Buffer.of() : gunzipSync(found.content.bytes));
  } finally {
    await client.close();
  }
}

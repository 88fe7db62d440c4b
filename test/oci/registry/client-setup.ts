import { inspect } from 'node:util';
import { afterEach } from 'vitest';
import {
  type CredentialSource,
  createRegistryClient,
  parseReference,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import { collect, FAST_RETRY, smallImage } from '../fixtures.ts';
import { type RegistryServerOptions, startRegistry } from '../registry-server.ts';

export const AUTH = { username: 'robot', password: 'correct horse battery staple' };
export const LOGIN: CredentialSource = { get: async () => ({ kind: 'basic', ...AUTH }) };

/** Starts registries and clients, and closes them after the test. */
export function clientSetup() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function startEmpty(options: RegistryServerOptions = {}) {
    const registry = await startRegistry(options);
    closing.push(() => registry.close());
    return registry;
  }

  /** Starts a registry with an image; only its layer is missing. */
  async function start(options: RegistryServerOptions = {}) {
    const registry = await startEmpty(options);
    const image = await smallImage();
    registry.putManifest('acme/cfg', 'v1', image.document.bytes, image.document.descriptor.mediaType);
    registry.blobs.set(image.config.descriptor.digest, await collect(image.config.open()));
    const reference = parseReference(`${registry.host}/acme/cfg:v1`);
    return { registry, image, reference };
  }

  function client(options: RegistryClientOptions = {}) {
    const made = createRegistryClient({ retry: FAST_RETRY, ...options });
    closing.unshift(() => made.close());
    return made;
  }

  return { startEmpty, start, client };
}

/** Everything an error could show: message, stack, properties, and the same of its causes. */
export const shown = (error: unknown) => inspect(error, { depth: 20, showHidden: true });

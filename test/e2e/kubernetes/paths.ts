import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { HarnessError } from '../harness-error.ts';
import type { Connection } from './connection.ts';

const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

const ATTEMPTS = 100;
const ATTEMPT_INTERVAL_MS = 100;

/** Returns the API path of a kind's collection, such as `/api/v1/namespaces/default/secrets`. */
export type CollectionPath = (apiVersion: string, kind: string, namespace?: string) => Promise<string>;

/** Creates a lookup of paths with the API server's discovery; a kind's path is requested once. */
export function discoverPaths(connection: Connection): CollectionPath {
  const known = new Map<string, { readonly plural: string; readonly namespaced: boolean }>();
  return async (apiVersion, kind, namespace) => {
    const key = `${apiVersion} ${kind}`;
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resource = known.get(key) ?? (await discover(connection, base, kind));
    known.set(key, resource);
    if (resource.namespaced && namespace !== undefined) return `${base}/namespaces/${namespace}/${resource.plural}`;
    return `${base}/${resource.plural}`;
  };
}

// A kind is served shortly after its CRD is established, without any event.
async function discover(connection: Connection, base: string, kind: string) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = resourceList.safeParse(await connection.request(base));
    const resource = found.data?.resources.find((each) => each.kind === kind && !each.name.includes('/'));
    if (resource !== undefined) return { plural: resource.name, namespaced: resource.namespaced };
    await delay(ATTEMPT_INTERVAL_MS);
  }
  throw new HarnessError('API_REFUSED', `the API server knows no ${kind} in ${base}`);
}

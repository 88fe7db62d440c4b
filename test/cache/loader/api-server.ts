import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KubernetesApi, kubernetesApi } from '../../../src/cache/loader/cluster/kubernetes-api.ts';
import type { ChunkSet } from '../../../src/cache/sets/chunks.ts';
import { type ConfigMap, toConfigMap } from '../../../src/cache/sets/config-map.ts';

/** A server that plays the part of the Kubernetes API that the loader uses, for ConfigMaps and package revisions in memory. */
export interface ApiServer {
  readonly api: KubernetesApi;
  readonly server: string;
  /** Paths that were asked for, with the query left out. */
  readonly requests: string[];
  /** Answers all requests whose path contains the text with this status, until it is set to undefined. */
  fail(text: string, status: number | undefined): void;
  /** Leaves requests whose path contains the text without an answer; resolves when the first one has come. */
  hang(text: string): Promise<void>;
  apply(...objects: ConfigMap[]): void;
  delete(...objects: ConfigMap[]): void;
  /** Ends all watches, as the API server does every few minutes. */
  endWatches(lastLine?: object): void;
  revisions: object[];
  /** True for Crossplane v1. */
  isFirst: boolean;
  close(): Promise<void>;
}

/** The ConfigMaps of a set. */
export function configMaps(set: ChunkSet, namespace = 'crossplane-system'): ConfigMap[] {
  return set.chunks.map((chunk) => toConfigMap(set, chunk, { namespace }));
}

const keyOf = ({ metadata }: ConfigMap) => `${metadata.namespace}/${metadata.name}`;

export async function startApiServer({ pageSize = 2 } = {}): Promise<ApiServer> {
  const objects = new Map<string, ConfigMap>();
  const failures = new Map<string, number>();
  const watches = new Set<{ response: ServerResponse; namespace: string }>();
  const requests: string[] = [];
  let version = 1;
  let hanging: string | undefined;
  let reached = () => {};
  const handle: ApiServer = {
    api: kubernetesApi({ server: '', applyTo: async () => undefined }),
    server: '',
    requests,
    revisions: [],
    isFirst: false,
    fail: (text, status) => {
      if (status === undefined) failures.delete(text);
      else failures.set(text, status);
    },
    hang: (text) => {
      hanging = text;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
    apply: (...changed) => {
      for (const object of changed) {
        version += 1;
        const metadata = { ...object.metadata, resourceVersion: String(version) };
        const stored = { ...object, metadata };
        objects.set(keyOf(object), stored);
        announce('MODIFIED', stored);
      }
    },
    delete: (...gone) => {
      for (const object of gone) if (objects.delete(keyOf(object))) announce('DELETED', object);
    },
    endWatches: (lastLine) => {
      for (const { response } of watches) response.end(lastLine ? `${JSON.stringify(lastLine)}\n` : '');
      watches.clear();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  function announce(type: string, { metadata }: ConfigMap): void {
    const line = JSON.stringify({ type, object: { metadata } });
    for (const { response, namespace } of watches) if (namespace === metadata.namespace) response.write(`${line}\n`);
  }

  function list(namespace: string, start: number, limit: number, response: ServerResponse): void {
    const all = [...objects.values()].filter(({ metadata }) => metadata.namespace === namespace);
    const end = start + Math.min(limit, pageSize);
    const page = all.slice(start, end).map(({ metadata }) => ({ metadata }));
    const next = end < all.length ? { continue: String(end) } : {};
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(version), ...next },
        items: page.length === 0 ? null : page,
      }),
    );
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    requests.push(url.pathname);
    const failure = [...failures].find(([text]) => url.pathname.includes(text))?.[1];
    const [, namespace = '', name] = /^\/api\/v1\/namespaces\/([^/]+)\/configmaps(?:\/(.+))?$/.exec(url.pathname) ?? [];
    const watching = url.searchParams.get('watch') === 'true';
    const wantsMetadata = request.headers.accept?.includes('PartialObjectMetadata') ?? false;
    if (hanging !== undefined && url.pathname.includes(hanging)) reached();
    else if (failure !== undefined)
      response.writeHead(failure).end(JSON.stringify({ kind: 'Status', message: 'not today' }));
    else if (url.pathname === '/apis/apiextensions.crossplane.io/v2') {
      response.writeHead(handle.isFirst ? 404 : 200).end('{}');
    } else if (url.pathname.startsWith('/apis/pkg.crossplane.io/v1/')) {
      const items = url.pathname.endsWith('/configurationrevisions') ? handle.revisions : [];
      if (url.pathname.endsWith('/functionrevisions')) response.writeHead(404).end('404 page not found');
      else response.end(JSON.stringify({ items }));
    } else if (name !== undefined) {
      const object = objects.get(`${namespace}/${name}`);
      response.writeHead(object ? 200 : 404).end(JSON.stringify(object ?? { kind: 'Status', message: 'not found' }));
    } else if (!wantsMetadata || url.searchParams.get('labelSelector') === null) response.writeHead(400).end('{}');
    else if (watching) {
      const watch = { response, namespace };
      watches.add(watch);
      response.once('close', () => watches.delete(watch));
      response.flushHeaders();
    } else {
      const [start, limit] = ['continue', 'limit'].map((name) => Number(url.searchParams.get(name) ?? 0));
      list(namespace, start ?? 0, limit ?? 1, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}`;
  return Object.assign(handle, {
    server: address,
    api: kubernetesApi({ server: address, applyTo: async () => undefined }),
  });
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type KubernetesApi, kubernetesApi } from '../../../src/cache/loader/cluster/kubernetes-api.ts';

/** An object as the server stores it. */
export interface StoredObject {
  metadata: Record<string, unknown> & { labels?: Record<string, string>; resourceVersion?: string; uid?: string };
  [field: string]: unknown;
}

/** An answer in place of the one that a request would get. */
export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** The part of the Kubernetes API that changes objects, over real HTTP, with any objects in memory. */
export interface SetServer {
  readonly api: KubernetesApi;
  readonly server: string;
  /** `METHOD path` of each request, with the query left out; the method of a patch that is only tried is DRYRUN. */
  readonly requests: string[];
  /** Objects by their path. */
  readonly objects: Map<string, StoredObject>;
  /** Collections that the server does not have, such as `imageconfigs`. */
  readonly missing: Set<string>;
  /** Asked first for every request. */
  fault: ((method: string, path: string) => Fault | undefined) | undefined;
  put(path: string, object: object): void;
  close(): Promise<void>;
}

const PLURALS =
  /\/(configmaps|leases|imageconfigs|locks|(?:configuration|provider|function)(?:s|revisions))(?:\/([^/]+))?$/;

export async function startSetServer(): Promise<SetServer> {
  let version = 1;
  const stamped = (object: StoredObject, before?: StoredObject): StoredObject => {
    version += 1;
    const metadata = {
      ...object.metadata,
      uid: before?.metadata.uid ?? `uid-${version}`,
      resourceVersion: String(version),
    };
    return { ...object, metadata };
  };
  const state: SetServer = {
    api: kubernetesApi({ server: '', applyTo: async () => undefined }),
    server: '',
    requests: [],
    objects: new Map(),
    missing: new Set(),
    fault: undefined,
    put: (path, object) => void state.objects.set(path, stamped(JSON.parse(JSON.stringify(object)))),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  const server = createServer((request, response) => {
    void answer(state, stamped, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = kubernetesApi({ server: address, applyTo: async () => undefined });
  return Object.assign(state, { server: address, api });
}

async function answer(
  state: SetServer,
  stamped: (object: StoredObject, before?: StoredObject) => StoredObject,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://localhost');
  const path = url.pathname;
  const isDryRun = url.searchParams.get('dryRun') === 'All';
  const method = isDryRun ? 'DRYRUN' : (request.method ?? '');
  state.requests.push(`${method} ${path}`);
  const body = await text(request);
  const send = (status: number, value: object, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  const refuse = (status: number, message: string) => send(status, { kind: 'Status', message });
  const fault = state.fault?.(method, path);
  if (fault !== undefined) {
    return void send(fault.status, fault.body ?? { kind: 'Status', message: `faked ${fault.status}` }, fault.headers);
  }
  const [, plural = '', name] = PLURALS.exec(path) ?? [];
  if (plural === '' || state.missing.has(plural))
    return void refuse(404, 'the server could not find the requested resource');
  if (method === 'GET' && name === undefined) return void send(200, list(state, path, url));
  const existing = state.objects.get(path);
  if (method === 'GET') return void (existing ? send(200, existing) : refuse(404, 'not found'));
  if (method === 'DRYRUN') return void send(200, {});
  const sent: StoredObject = body === '' ? { metadata: {} } : JSON.parse(body);
  if (method === 'POST') {
    const made = `${path}/${sent.metadata.name}`;
    if (state.objects.has(made)) return void refuse(409, 'already exists');
    state.objects.set(made, stamped(sent));
    return void send(201, state.objects.get(made) ?? {});
  }
  if (method === 'PATCH') {
    const manager = url.searchParams.get('fieldManager') ?? '';
    const managedFields = [{ manager, operation: 'Apply' }];
    state.objects.set(path, stamped({ ...sent, metadata: { ...sent.metadata, managedFields } }, existing));
    return void send(existing ? 200 : 201, state.objects.get(path) ?? {});
  }
  if (existing === undefined) return void refuse(404, 'not found');
  const wanted = method === 'PUT' ? sent.metadata : Object(sent.preconditions);
  for (const key of ['uid', 'resourceVersion']) {
    if (wanted[key] !== undefined && wanted[key] !== existing.metadata[key]) {
      return void refuse(409, 'the object has been modified');
    }
  }
  if (method === 'DELETE') state.objects.delete(path);
  else state.objects.set(path, stamped(sent, existing));
  send(200, state.objects.get(path) ?? { kind: 'Status', status: 'Success' });
}

function list({ objects }: SetServer, path: string, url: URL): object {
  const label = url.searchParams.get('labelSelector');
  const below = [...objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, object]) => object);
  const items = below.filter(({ metadata }) => label === null || metadata.labels?.[label] !== undefined);
  return { metadata: { resourceVersion: '1' }, items: items.length === 0 ? null : items };
}

/** The kubeconfig of a user of the server. */
export function kubeconfigOf({ server }: SetServer): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  });
}

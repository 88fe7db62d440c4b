import * as z from 'zod/mini';
import { printable } from '../../internal/quote.ts';
import { CacheError, isCacheError } from '../errors.ts';
import type { KubernetesApi } from '../loader/cluster/kubernetes-api.ts';
import { recordName } from '../sets/package-set.ts';
import type { ChangeWriter } from './writer.ts';

/** The exclusive right to change a set: a Lease of coordination.k8s.io/v1 in the namespace of the set. */
export interface SetLease {
  /** Renews the Lease if that is due. Throws `BUSY` if another program acquired it. */
  renew(): Promise<void>;
  /** Releases the Lease, unless the run was canceled. Ignores errors: the Lease expires. */
  end(signal: AbortSignal | undefined): Promise<void>;
}

/** Options of {@link takeLease}. */
export interface LeaseOptions {
  readonly api: KubernetesApi;
  readonly writer: ChangeWriter;
  readonly namespace: string;
  readonly set: string;
  /** Identifies this program to others, such as `user@host (pid 7)`. */
  readonly holder: string;
  /** Returns the milliseconds since the epoch. */
  readonly now: () => number;
}

/** The Lease of a dead program expires after this time. */
const DURATION_SECONDS = 60;
const RENEW_MS = 20_000;

const schema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z._default(
    z.object({
      holderIdentity: z.optional(z.nullable(z.string())),
      renewTime: z.optional(z.nullable(z.string())),
      leaseDurationSeconds: z.optional(z.nullable(z.number())),
    }),
    {},
  ),
});
type Found = z.infer<typeof schema>;

/** Acquires the Lease of a set. Throws `BUSY` while another program holds it, and `API`. */
export async function takeLease(options: LeaseOptions): Promise<SetLease> {
  const { now, holder } = options;
  const lease = leaseRequests(options);
  const found = await lease.read();
  if (found !== undefined && isHeld(found, now()) && found.spec.holderIdentity !== holder) {
    throw busy(options.set, found.spec.holderIdentity, ` since ${printable(found.spec.renewTime ?? '')}`);
  }
  let version = found === undefined ? await lease.create() : await lease.replace(found.metadata.resourceVersion);
  let renewedAt = now();
  return {
    async renew() {
      if (now() - renewedAt < RENEW_MS) return;
      version = await lease.replace(version);
      renewedAt = now();
    },
    async end(signal) {
      if (!signal?.aborted) await lease.remove(version);
    },
  };
}

/** Returns the requests for the Lease of a set. Those that change it accept and return its `resourceVersion`. */
function leaseRequests({ api, writer, namespace, set, holder, now }: LeaseOptions) {
  const name = recordName(set);
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${collection}/${name}`;
  const what = `acquire the Lease ${namespace}/${name}`;
  const body = (resourceVersion?: string) => {
    const time = new Date(now()).toISOString().replace('Z', '000Z');
    return JSON.stringify({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      spec: { holderIdentity: holder, leaseDurationSeconds: DURATION_SECONDS, acquireTime: time, renewTime: time },
    });
  };
  async function read(): Promise<Found | undefined> {
    const value = await api.get(path);
    return value === undefined ? undefined : parse(value, path);
  }
  return {
    read,
    async create(): Promise<string> {
      const created = await writer.send(what, collection, { method: 'POST', body: body() }, [409]);
      if (created.status === 409) throw busy(set);
      return parse(created.value, path).metadata.resourceVersion;
    },
    async replace(version: string): Promise<string> {
      const replaced = await writer.send(what, path, { method: 'PUT', body: body(version) }, [404, 409]);
      if (replaced.status < 300) return parse(replaced.value, path).metadata.resourceVersion;
      // If the response to a successful request was lost, the retry finds a newer version that is its own.
      const found = await read();
      if (found?.spec.holderIdentity !== holder) throw busy(set, found?.spec.holderIdentity);
      return found.metadata.resourceVersion;
    },
    async remove(version: string): Promise<void> {
      const preconditions = { resourceVersion: version };
      const options = { method: 'DELETE', body: JSON.stringify({ preconditions }) } as const;
      try {
        await writer.send(`release the Lease ${namespace}/${name}`, path, options, [404, 409]);
      } catch (error) {
        if (!isCacheError(error)) throw error;
      }
    },
  };
}

function busy(set: string, holder: string | null = null, since = ''): CacheError {
  const by = printable(holder ?? 'another program');
  return new CacheError(
    'BUSY',
    `cannot change the set ${set}: ${by} is changing it${since}; wait until it has ended, or ${DURATION_SECONDS} s if it was killed`,
  );
}

function isHeld({ spec: { holderIdentity, renewTime, leaseDurationSeconds } }: Found, now: number): boolean {
  if (!holderIdentity || !renewTime) return false;
  const renewed = Date.parse(renewTime);
  return !Number.isNaN(renewed) && now - renewed < (leaseDurationSeconds ?? DURATION_SECONDS) * 1_000;
}

function parse(value: unknown, path: string): Found {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CacheError('API', `cannot read ${path} from the Kubernetes API: it is not a Lease`);
}

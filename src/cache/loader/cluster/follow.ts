import { abortWith, pause } from '../../../internal/async/abort.ts';
import { isCacheError } from '../../errors.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { type Change, listMembers, MAX_MEMBERS, type Member, type NamespaceMembers, watchMembers } from './members.ts';

/** The ConfigMaps to follow, and the callbacks. */
export interface FollowOptions {
  readonly api: KubernetesApi;
  readonly namespaces: readonly string[];
  readonly selector: string;
  readonly signal: AbortSignal;
  /** Called with all ConfigMaps after changes, one call at a time; first when the list of each namespace has succeeded or failed. */
  readonly onMembers: (listed: readonly NamespaceMembers[]) => Promise<void>;
  /** Called when a namespace cannot be read; this is retried. */
  readonly onError: (error: Error) => void;
  /** Returns the milliseconds after which `onMembers` is called without a change. */
  readonly resyncMs: () => number;
}

/** The delay that batches changes: a set's ConfigMaps are created one after the other. */
const BATCH_MS = 50;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Follows the metadata of ConfigMaps until `signal` aborts: lists them, watches them, and lists them again when the watch ends. */
export async function follow(options: FollowOptions): Promise<void> {
  const { namespaces, signal, onMembers, resyncMs } = options;
  const known = new Map<string, Known>();
  const changed = createEvent();
  const followers = namespaces.map((namespace) => followNamespace(namespace, options, known, changed.set));
  const runner = async () => {
    while (!signal.aborted) {
      await changed.wait(resyncMs(), signal);
      await pause(BATCH_MS, signal);
      if (known.size < namespaces.length || signal.aborted) continue;
      const listed = [...known].map(([namespace, { members, truncated, problem }]) => {
        return { namespace, members: [...members.values()], truncated, problem };
      });
      await onMembers(listed);
    }
  };
  await Promise.all([runner(), ...followers]);
}

/** The ConfigMaps of a namespace by name. */
interface Known {
  readonly members: Map<string, Member>;
  truncated: boolean;
  /** The reason why the first list failed. Later failures keep the members. */
  readonly problem?: string;
}

async function followNamespace(
  namespace: string,
  { api, selector, signal, onError }: FollowOptions,
  known: Map<string, Known>,
  onChange: () => void,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const { members, truncated, resourceVersion } = await listMembers(api, namespace, selector, signal);
      const current: Known = { members: new Map(members.map((member) => [member.name, member])), truncated };
      known.set(namespace, current);
      onChange();
      for await (const change of watchMembers(api, namespace, selector, resourceVersion, signal)) {
        apply(current, change);
        onChange();
      }
      // The API server ends watches every few minutes. One that ends immediately must not make this loop spin.
      waitMs = FIRST_WAIT_MS;
      await pause(waitMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isCacheError(error)) throw error;
      onError(error);
      if (!known.has(namespace)) {
        // Other namespaces must not wait: the owner of a namespace can revoke the permission to read it.
        known.set(namespace, { members: new Map(), truncated: false, problem: error.message });
        onChange();
      }
      await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

function apply(known: Known, { kind, member }: Change): void {
  const { members } = known;
  if (kind === 'deleted') members.delete(member.name);
  else if (members.has(member.name) || members.size < MAX_MEMBERS) members.set(member.name, member);
  else known.truncated = true;
}

/** Creates an event that is reset when a waiter returns: one that is set while no one waits ends the next wait immediately. */
function createEvent() {
  let isSet = false;
  let wake: (() => void) | undefined;
  return {
    set: () => {
      isSet = true;
      wake?.();
    },
    wait: async (ms: number, signal: AbortSignal) => {
      const woken = new AbortController();
      wake = () => woken.abort();
      const release = abortWith(signal, woken);
      if (!isSet) await pause(ms, woken.signal);
      release();
      isSet = false;
      wake = undefined;
    },
  };
}

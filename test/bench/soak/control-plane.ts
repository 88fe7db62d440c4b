import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntilAborted } from '../../../src/internal/async/abort.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { decodeResponse } from '../../../src/protocol/caller/decode-response.ts';
import { type RunFunctionRequest, type RunFunctionResponse, Severity } from '../../../src/protocol/messages.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { objectAt } from '../../function/call.ts';
import { compositeOf, isChunk, observedOf, type Subject } from './claims.ts';

/** Sends one encoded request to the service under test. */
export type Call = (request: Buffer) => Promise<Buffer>;

/** What became of the calls. */
export interface Tally {
  readonly plainMs: number[];
  honestCalls: number;
  hostileCalls: number;
  /** Honest calls that ended with an error, or a fatal result. */
  honestFailures: string[];
  hostileFailures: number;
  /** Resources of honest composites that were desired once and then no more. */
  lost: string[];
}

/** What Crossplane does with composites, as far as the function can tell: it calls, and applies what it is answered. */
export interface ControlPlane {
  readonly tally: Tally;
  /** Reconciles a composite once. True when it has all of its sources in the cluster. */
  reconcile(subject: Subject): Promise<boolean>;
  /** Reconciles composites in turn, `concurrency` at once and each at most every `periodMs`, until `signal` aborts. */
  run(subjects: readonly Subject[], concurrency: number, periodMs: number, signal: AbortSignal): Promise<void>;
  /** Whether a composite has all of its sources in the cluster. */
  carries(subject: Subject): boolean;
  /** Milliseconds until a composite has its sources; Infinity when it has not when `signal` aborts. */
  timeToCarry(subject: Subject, signal: AbortSignal): Promise<number>;
}

const MAX_ROUNDS = 5;
/** How long a composite rests whose call asked for another one soon. */
const SOON_MS = 100;

interface Known {
  readonly observed: Map<string, JsonObject>;
  status: JsonObject;
}

/** Makes a control plane that calls a service, which may be another one each time `call` is asked for. */
export function createControlPlane(call: () => Call, input: JsonObject): ControlPlane {
  const known = new Map<string, Known>();
  const tally: Tally = {
    plainMs: [],
    honestCalls: 0,
    hostileCalls: 0,
    honestFailures: [],
    hostileFailures: 0,
    lost: [],
  };

  async function callFor(
    subject: Subject,
    { observed, status }: Known,
    shown: RunFunctionRequest['requiredResources'],
  ) {
    const resources = Object.fromEntries([...observed].map(([name, resource]) => [name, { resource }]));
    const request = Buffer.from(
      encodeRequest({
        meta: { tag: '', capabilities: [1, 2, 3, 4, 5] },
        input,
        observed: { composite: { resource: compositeOf(subject, status) }, resources },
        ...(shown && { requiredResources: shown }),
      }),
    );
    const begin = performance.now();
    const response = await call()(request);
    if (subject.attack === undefined && !isSource(subject)) tally.plainMs.push(performance.now() - begin);
    return decodeResponse(response);
  }

  async function untilStable(subject: Subject, own: Known): Promise<RunFunctionResponse> {
    let shown: Record<string, never[]> = {};
    for (let round = 1; ; round += 1) {
      const response = await callFor(subject, own, shown);
      const wanted = Object.keys(response.requirements.resources ?? {});
      if (round === MAX_ROUNDS || wanted.every((name) => Object.hasOwn(shown, name))) return response;
      shown = Object.fromEntries(wanted.map((name) => [name, []]));
    }
  }

  function carries(subject: Subject): boolean {
    return !isSource(subject) || [...(known.get(subject.name)?.observed.values() ?? [])].some(isChunk);
  }

  function apply(subject: Subject, own: Known, { desired, results }: RunFunctionResponse): boolean {
    const fatal = results.find(({ severity }) => severity === Severity.FATAL);
    const isHonest = subject.attack === undefined;
    if (fatal) {
      if (isHonest) tally.honestFailures.push(fatal.message);
      return false;
    }
    const resources = Object.entries(desired.resources ?? {});
    const names = new Set(resources.map(([name]) => name));
    const gone = [...own.observed.keys()].filter((name) => !names.has(name));
    if (isHonest) tally.lost.push(...gone.map((name) => `${subject.name} ${name}`));
    own.observed.clear();
    for (const [name, { resource = {} }] of resources) own.observed.set(name, observedOf(resource));
    own.status = objectAt(desired.composite?.resource ?? {}, 'status');
    return carries(subject);
  }

  async function reconcile(subject: Subject): Promise<boolean> {
    const own = known.get(subject.name) ?? { observed: new Map(), status: {} };
    known.set(subject.name, own);
    const isHonest = subject.attack === undefined;
    if (isHonest) tally.honestCalls += 1;
    else tally.hostileCalls += 1;
    try {
      return apply(subject, own, await untilStable(subject, own));
    } catch (error) {
      if (isHonest) tally.honestFailures.push(String(error));
      else tally.hostileFailures += 1;
      return false;
    }
  }

  return {
    tally,
    reconcile,
    carries,
    async run(subjects, concurrency, periodMs, signal) {
      const queue = [...subjects].map((subject, index) => ({
        subject,
        at: performance.now() + (index * periodMs) / subjects.length,
      }));
      const worker = async () => {
        while (!signal.aborted) {
          const next = queue.shift();
          if (next === undefined) await delay(SOON_MS);
          else {
            await delay(Math.max(0, next.at - performance.now()));
            if (signal.aborted) return;
            await reconcile(next.subject);
            queue.push({ subject: next.subject, at: performance.now() + periodMs });
          }
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    },
    async timeToCarry(subject, signal) {
      const begin = performance.now();
      while (!signal.aborted) {
        let isCarried = false;
        const reconciled = reconcile(subject).then((carried) => {
          isCarried = carried;
        });
        await waitUntilAborted(reconciled, signal);
        if (isCarried) return performance.now() - begin;
        await delay(SOON_MS);
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}

/** Whether a composite has sources. */
export function isSource({ parameters }: Subject): boolean {
  return parameters.packageCache !== undefined;
}

/** Measures by how much the loop of this process is late, in milliseconds at the 99th percentile. */
export function watchOwnLoop(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  return () => histogram.percentile(99) / 1e6;
}

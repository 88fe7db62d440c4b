import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import { clusterAccess, type KubernetesApi, kubernetesApi } from '../../cache/loader/cluster/kubernetes-api.ts';
import { patientApi } from '../../cache/upgrade/writer.ts';
import type { Notes } from '../output/notes.ts';
import { durationOption } from './durations.ts';

/** Options of commands that change a package set in a cluster. */
export interface ChangeSetOptions {
  readonly pause: number;
}

/** Adds the options of commands that change a package set in a cluster. */
export function withPause(command: Command): Command {
  const parse = durationOption((seconds) => seconds >= 0 && seconds <= 60, 'a duration such as 250ms, at most 1m');
  return command.option(
    '--pause <duration>',
    'least time between two changes; it grows by itself while the API server answers 429',
    parse,
    0,
  );
}

/** A way to a cluster for one run of a command. */
export interface ClusterRun {
  /** Its reading is tried again where the API server is busy. */
  readonly api: KubernetesApi;
  /** Aborts with Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly onWait: (ms: number, why: string) => void;
  /** Names this program for others. */
  readonly holder: string;
  readonly now: () => number;
}

/** Connects to the cluster that kubectl would talk to. */
export async function connectCluster(notes: Notes): Promise<ClusterRun> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  const { signal } = stopping;
  const onWait = (ms: number, why: string) => notes.info(`waiting ${(ms / 1_000).toFixed(1)} s: ${why}`);
  const api = patientApi({ api: kubernetesApi(await clusterAccess()), signal, onWait });
  return { api, signal, onWait, holder: `${userName()}@${hostname()} (pid ${process.pid})`, now: Date.now };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

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
    'minimum time between two changes; grows while the API server answers 429',
    parse,
    0,
  );
}

/** The connection to a cluster for one run of a command. */
export interface ClusterRun {
  /** Retries reads while the API server is busy. */
  readonly api: KubernetesApi;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly onWait: (ms: number, why: string) => void;
  /** Identifies this program to others. */
  readonly holder: string;
  readonly now: () => number;
}

/** Connects to the cluster of the current kubeconfig, as kubectl does. */
export async function connectCluster(notes: Notes): Promise<ClusterRun> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  const { signal } = stopping;
  const onWait = (ms: number, why: string) => notes.info(`waiting ${(ms / 1_000).toFixed(1)} s: ${why}`);
  const api = patientApi({ api: kubernetesApi(await clusterAccess()), signal, onWait });
  return { api, signal, onWait, holder: `${userName()}@${hostname()} (pid ${process.pid})`, now: Date.now };
}

/** Returns the name of the user, which a container may not have. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

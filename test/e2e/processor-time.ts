import { readdirSync, readlinkSync } from 'node:fs';
import { processorUse } from '../cpu-time.ts';

/** Seconds of processor time of the run's programs until now, by their names; `harness` is this process. */
export function processorTime(): ReadonlyMap<string, number> {
  const own = readlinkSync('/proc/self');
  const network = readlinkSync(`/proc/${own}/ns/net`);
  const seconds = new Map<string, number>();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = readProcess(id, network);
    if (found === undefined) continue;
    const name = id === own ? 'harness' : found.name;
    seconds.set(name, (seconds.get(name) ?? 0) + found.seconds);
  }
  return seconds;
}

/** Undefined for a process of another run, and one that has just ended. */
function readProcess(id: string, network: string) {
  try {
    if (readlinkSync(`/proc/${id}/ns/net`) !== network) return undefined;
    const { name, seconds } = processorUse(id);
    return { name: name.replace(/-v\d.*/, ''), seconds };
  } catch {
    return undefined;
  }
}

/** The time of each program from one measurement to another, the most first: `crossplane 20.1 s, etcd 3.0 s`. */
export function formatProcessorTime(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  return [...after]
    .map(([name, seconds]) => ({ name, seconds: seconds - (before.get(name) ?? 0) }))
    .filter(({ seconds }) => seconds >= 0.05)
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`)
    .join(', ');
}

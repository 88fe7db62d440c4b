import { readFileSync } from 'node:fs';

/** Starts to count the processor time of this process, in milliseconds; unlike a clock it stands still while other processes run. */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}

/** A clock tick of proc_pid_stat(5), whatever the processor. */
const TICK_SECONDS = 0.01;

/** The name of a process, and the processor time that it has used, in steps of a clock tick. The name may have spaces and brackets. */
export function processorUse(pid: number | string | undefined): { readonly name: string; readonly seconds: number } {
  const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number);
  return { name, seconds: (user + system) * TICK_SECONDS };
}

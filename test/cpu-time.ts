/** Starts to count the processor time of this process, in milliseconds; unlike a clock it stands still while other processes run. */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}

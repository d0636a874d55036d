/** Processor time that this process has used, in milliseconds: unlike a clock, it stands still while others run. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How much processor time some processes have used, from Linux's /proc; unknown elsewhere. */
import { readFileSync } from 'node:fs';

/** Linux reports in hundredths of a second on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds in user and system mode, all threads and all processes together. */
export function cpuSeconds(pids: readonly number[]): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let ticks = 0;
  for (const pid of pids) ticks += ticksOf(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return ticks / TICKS_PER_SECOND;
}

/** Fields 14 and 15; the second field is a name in parentheses that may hold anything. */
export function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

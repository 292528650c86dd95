/**
 * Heavy work gives way to others: replay and catch-up would take a whole processor for seconds, while
 * a neighbour (another replica on the same machine, a client) waits for one. After each piece of such
 * work the kernel is asked how many threads want to run; are there more than processors, this one rests
 * for a while. Where nobody competes, at a cold start too, the work goes on at full speed.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A rest is this many times as long as the work before it: a third of a processor at most, under load. */
const REST_PER_WORK = 2;
/**
 * A piece of such work takes a few milliseconds. Where more was used it was for clients, between the parts of the piece:
 * without a bound a busy replica would never end a snapshot.
 */
const REST_MS_MAX = 20;

export class Rest {
  #usedMs = usedMs();

  /** Calls `resume` when the next piece of heavy work may begin: now, or after a rest. */
  readonly take = (resume: () => void): void => {
    const used = usedMs();
    const workedMs = used - this.#usedMs;
    this.#usedMs = used;
    if (threadsThatWantToRun() <= availableParallelism()) return resume();
    setTimeout(
      () => {
        // What the process did meanwhile for its clients is none of this work.
        this.#usedMs = usedMs();
        resume();
      },
      Math.min(workedMs * REST_PER_WORK, REST_MS_MAX),
    );
  };
}

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The fourth field of `/proc/loadavg`, `running/all`; 0 where there is none: then there are no rests. */
function threadsThatWantToRun(): number {
  let text;
  try {
    text = readFileSync('/proc/loadavg', 'latin1');
  } catch {
    return 0;
  }
  return Number(/ (\d+)\/\d+ /.exec(text)?.[1] ?? 0);
}

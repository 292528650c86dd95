/**
 * Heavy work gives way to others: replay and catch-up would take a whole processor for seconds, while
 * a neighbour (another replica on the same machine, a client) waits for one. After each piece of such
 * work the kernel is asked how many threads want to run; are there more than processors, this one rests
 * for a while. Where nobody competes, at a cold start too, the work goes on at full speed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** A rest is this many times as long as the work before it: a third of a processor at most, under load. */
const REST_PER_WORK = 2;

/**
 * A piece of such work takes a few milliseconds. Where more was used it was for clients, between the parts of the piece:
 * without a bound a busy replica would never end a snapshot.
 */
const REST_MS_MAX = 20;

/** Looking costs as much as a tenth of a piece of such work, and the answer is as good for the next ones. */
const LOOK_EVERY_MS = 20;

export class Rest {
  #usedMs = usedMs();
  #isCrowded = false;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** Calls `resume` when the next piece of heavy work may begin: now, or after a rest. */
  readonly take = (resume: () => void): void => {
    if (!this.#looksCrowded()) return resume();
    // Where there was no rest before, the work of several pieces: then the bound counts.
    const workedMs = usedMs() - this.#usedMs;
    setTimeout(
      () => {
        // What the process did meanwhile for its clients is none of this work.
        this.#usedMs = usedMs();
        resume();
      },
      Math.min(workedMs * REST_PER_WORK, REST_MS_MAX),
    );
  };

  #looksCrowded(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      this.#isCrowded = isCrowded();
    }
    return this.#isCrowded;
  }
}

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * More threads want to run than there are processors. This process's own do not count but for the main one: that garbage is
 * collected on all processors at once is no reason to let others go first.
 */
function isCrowded(): boolean {
  const processors = availableParallelism();
  const running = threadsThatWantToRun();
  return running > processors && running - ownThreadsBesideMain() > processors;
}

/** The fourth field of `/proc/loadavg`, `running/all`; 0 where there is none: then there are no rests. */
function threadsThatWantToRun(): number {
  return Number(/ (\d+)\/\d+ /.exec(contentOf('/proc/loadavg'))?.[1] ?? 0);
}

function ownThreadsBesideMain(): number {
  let count = 0;
  for (const thread of readdirSync('/proc/self/task')) {
    // The state is the first field behind the name, which is in parentheses. A thread may be gone by now.
    if (Number(thread) !== process.pid && contentOf(`/proc/self/task/${thread}/stat`).includes(') R '))
      count += 1;
  }
  return count;
}

/** Empty when there is no such file. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

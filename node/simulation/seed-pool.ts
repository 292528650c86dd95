/**
 * Runs consecutive seeds on several threads. A run is one thread's work and touches nothing but its own
 * memory, so its result is the same wherever it runs. Results come in the order of the seeds, and the
 * failure that is reported is the one of the lowest seed, as if one thread had run them all.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RunResult } from './run.ts';
import type { SeedOutcome } from './seed-worker.ts';

/** What a run takes at most; a hundred times the usual. Beyond it, the code under test loops for ever. */
const SEED_MS_MAX = 120_000;

export interface SeedRange {
  readonly first: number;
  readonly count: number;
  readonly threads: number;
  /** The worker's file: `seed-worker.ts` of this checkout, or of a changed copy. */
  readonly worker?: URL;
}

export interface SeedFailure {
  readonly seed: number;
  /** The error's text, its stack behind the first line. */
  readonly text: string;
}

/** Runs the seeds until one fails. `onResult` gets the clean ones below it, in order. */
export async function runSeeds(
  range: SeedRange,
  onResult: (result: RunResult) => void,
): Promise<SeedFailure | undefined> {
  const run = new SeedRun(range, onResult);
  const threads = Math.min(range.threads, range.count);
  await Promise.all(Array.from({ length: threads }, () => run.work()));
  return run.failure;
}

class SeedRun {
  readonly #range: SeedRange;
  readonly #onResult: (result: RunResult) => void;
  /** Out of order: done, while a lower seed is still running. */
  readonly #early = new Map<number, RunResult>();
  #next: number;
  #reported: number;
  failure: SeedFailure | undefined;

  constructor(range: SeedRange, onResult: (result: RunResult) => void) {
    this.#range = range;
    this.#onResult = onResult;
    this.#next = range.first;
    this.#reported = range.first;
  }

  /** One thread's share: takes the next seed until there is none, or one has failed. */
  async work(): Promise<void> {
    const worker = await loaded(this.#range.worker ?? new URL('seed-worker.ts', import.meta.url));
    while (this.failure === undefined && this.#next < this.#range.first + this.#range.count) {
      const seed = this.#next;
      this.#next += 1;
      const outcome = await outcomeOf(worker, seed);
      if (outcome.failure === undefined) this.#note(outcome.result);
      else this.#noteFailure({ seed, text: outcome.failure });
    }
    await worker.terminate();
  }

  #noteFailure(failure: SeedFailure): void {
    if (this.failure === undefined || failure.seed < this.failure.seed) this.failure = failure;
  }

  #note(result: RunResult): void {
    this.#early.set(result.seed, result);
    for (;;) {
      const next = this.#early.get(this.#reported);
      if (next === undefined) return;
      this.#early.delete(this.#reported);
      this.#reported += 1;
      this.#onResult(next);
    }
  }
}

/** Rejects when the thread's code does not even load. */
async function loaded(file: URL): Promise<Worker> {
  const worker = new Worker(file);
  // Its first message says that it is ready; an error before that rejects.
  await once(worker, 'message');
  return worker;
}

/** An error of the thread itself, or its silence, is the seed's failure too. */
function outcomeOf(worker: Worker, seed: number): Promise<SeedOutcome> {
  return new Promise((resolve) => {
    const finish = (outcome: SeedOutcome): void => {
      clearTimeout(deadline);
      worker.off('message', finish);
      worker.off('error', fail);
      resolve(outcome);
    };
    const fail = (error: Error): void => finish({ seed, failure: error.stack ?? error.message });
    const deadline = setTimeout(() => {
      finish({ seed, failure: `Endless: the run takes longer than ${SEED_MS_MAX / 1000} s` });
    }, SEED_MS_MAX);
    worker.once('message', finish);
    worker.once('error', fail);
    worker.postMessage(seed, []);
  });
}

/**
 * Workers that take keys from a queue and reconcile them. A key is all that a reconcile is told: it looks at
 * the world afresh, and answers when it wants to look again.
 */
import { type BackoffLimits, backoffMs } from './backoff.ts';
import type { RuntimeObserver } from './runtime-event.ts';
import { WorkQueue } from './work-queue.ts';

/**
 * A failed reconcile comes again, later each time. Longer than a minute would keep a user waiting who has
 * repaired what was broken outside of our sight; a change that we see comes at once anyway.
 */
export const RECONCILE_BACKOFF: BackoffLimits = { firstMs: 100, mostMs: 60_000 };

/** When to look at the key again even if nothing is heard of it; `undefined`: only then. */
export interface Reconciled {
  readonly requeueAfterMs?: number | undefined;
}

export interface ReconcileLoopOptions {
  /** Of the controller, for metrics and log lines. */
  readonly name: string;
  /** Keys that are worked on at the same time; each of them by one worker. */
  readonly concurrency: number;
  /** Must end soon after the signal asks it to. What it throws is reported, and the key comes again. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Reconciled>;
  readonly observer: RuntimeObserver;
  readonly backoff?: BackoffLimits;
}

export class ReconcileLoop {
  readonly name: string;
  readonly concurrency: number;
  readonly #reconcile: ReconcileLoopOptions['reconcile'];
  readonly #observer: RuntimeObserver;
  readonly #backoff: BackoffLimits;
  readonly #queue = new WorkQueue();
  readonly #failures = new Map<string, number>();
  readonly #stop = new AbortController();
  #workers: Promise<void>[] = [];
  #retries = 0;

  constructor({ name, concurrency, reconcile, observer, backoff = RECONCILE_BACKOFF }: ReconcileLoopOptions) {
    this.name = name;
    this.concurrency = concurrency;
    this.#reconcile = reconcile;
    this.#observer = observer;
    this.#backoff = backoff;
  }

  /** Asks for a reconcile of this key, now or, if one is running, after it. */
  add(key: string): void {
    this.#queue.add(key);
  }

  addLater(key: string, delayMs: number): void {
    this.#queue.addLater(key, delayMs);
  }

  /** Keys that waited before `start()` are worked on then. */
  start(): void {
    if (this.#workers.length > 0) return;
    this.#workers = Array.from({ length: this.concurrency }, async () => await this.#work());
  }

  /** Takes up nothing new, tells what runs to end, and resolves when it has. */
  async stop(): Promise<void> {
    this.#queue.stop();
    this.#stop.abort();
    await Promise.all(this.#workers);
  }

  get counts(): QueueCounts {
    return {
      depth: this.#queue.depth,
      adds: this.#queue.adds,
      retries: this.#retries,
      workingSinceMs: this.#queue.workingSinceMs,
    };
  }

  async #work(): Promise<void> {
    for (;;) {
      const taken = await this.#queue.take();
      if (taken === undefined) return;
      const { key, waitedMs } = taken;
      this.#observer({ kind: 'dequeued', controller: this.name, waitedMs });
      await this.#once(key);
      this.#queue.done(key);
    }
  }

  async #once(key: string): Promise<void> {
    const startedMs = performance.now();
    try {
      const { requeueAfterMs } = await this.#reconcile(key, this.#stop.signal);
      this.#failures.delete(key);
      if (requeueAfterMs !== undefined) this.#queue.addLater(key, requeueAfterMs);
      const result = requeueAfterMs === undefined ? 'success' : 'requeue_after';
      this.#report(key, result, startedMs, requeueAfterMs, undefined);
    } catch (error) {
      // One object that trips a bug must not stop the care of all others: an assertion is reported, too.
      const failures = this.#failures.get(key) ?? 0;
      const nextInMs = backoffMs(failures, this.#backoff);
      this.#failures.set(key, failures + 1);
      this.#retries += 1;
      this.#queue.addLater(key, nextInMs);
      this.#report(key, 'error', startedMs, nextInMs, asError(error));
    }
  }

  #report(
    key: string,
    result: 'success' | 'requeue_after' | 'error',
    startedMs: number,
    nextInMs: number | undefined,
    error: Error | undefined,
  ): void {
    const durationMs = performance.now() - startedMs;
    this.#observer({ kind: 'reconciled', controller: this.name, key, result, durationMs, nextInMs, error });
  }
}

/** What a scrape shows of a queue. */
export interface QueueCounts {
  readonly depth: number;
  readonly adds: number;
  readonly retries: number;
  readonly workingSinceMs: readonly number[];
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

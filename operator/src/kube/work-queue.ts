/**
 * A queue of keys. A key waits at most once, and is worked on by one worker at a time: what is added while
 * its worker runs comes again when that is done. Keys can be added for later, too.
 */

interface Later {
  readonly key: string;
  readonly dueMs: number;
}

export class WorkQueue {
  /** Keys that wait, in order, with the time since when. */
  readonly #waiting = new Map<string, number>();
  /** Keys that a worker has, with the time since when. */
  readonly #working = new Map<string, number>();
  /** Keys that were added while their worker ran. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #takers: (() => void)[] = [];
  #stopped = false;
  #adds = 0;

  /** Keys that wait to be worked on, those for later not among them. */
  get depth(): number {
    return this.#waiting.size + this.#again.size;
  }

  /** Keys taken up so far, without those that were waiting already. */
  get adds(): number {
    return this.#adds;
  }

  /** Since when each key that is being worked on is, in the time of `performance.now()`. */
  get workingSinceMs(): readonly number[] {
    return [...this.#working.values()];
  }

  /** After {@link stop} nothing is taken up any more. */
  add(key: string): void {
    if (this.#stopped || this.#waiting.has(key) || this.#again.has(key)) return;
    this.#adds += 1;
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#wait(key);
  }

  /** Adds the key when the delay is over. Of several times for one key the earliest counts. */
  addLater(key: string, delayMs: number): void {
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = performance.now() + delayMs;
    if ((this.#later.get(key) ?? Infinity) <= dueMs) return;
    this.#later.set(key, dueMs);
    this.#arm();
  }

  /**
   * Waits for the next key and gives it to the caller, who must call {@link done}; `undefined` once the
   * queue has stopped.
   */
  async take(): Promise<{ key: string; waitedMs: number } | undefined> {
    for (;;) {
      if (this.#stopped) return undefined;
      const next = this.#waiting.entries().next();
      if (next.done !== true) {
        const [key, sinceMs] = next.value;
        const nowMs = performance.now();
        this.#waiting.delete(key);
        this.#working.set(key, nowMs);
        return { key, waitedMs: nowMs - sinceMs };
      }
      await new Promise<void>((resolve) => this.#takers.push(resolve));
    }
  }

  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key) && !this.#stopped) this.#wait(key);
  }

  /** Forgets what waits, and lets every taker go. What is being worked on is the workers' to finish. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#again.clear();
    this.#later.clear();
    for (const wake of this.#takers.splice(0)) wake();
  }

  #wait(key: string): void {
    this.#waiting.set(key, performance.now());
    this.#takers.shift()?.();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#earliest();
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#addDue(), Math.max(0, first.dueMs - performance.now()));
  }

  /** A few hundred keys at most, looked through a few times a second: a heap would be slower to read. */
  #earliest(): Later | undefined {
    let earliest: Later | undefined;
    for (const [key, dueMs] of this.#later) {
      if (earliest === undefined || dueMs < earliest.dueMs) earliest = { key, dueMs };
    }
    return earliest;
  }

  #addDue(): void {
    const nowMs = performance.now();
    for (const [key, dueMs] of this.#later) {
      if (dueMs > nowMs) continue;
      this.#later.delete(key);
      this.add(key);
    }
    this.#arm();
  }
}

/** Who waits until what was given to the log is on disk. Facts are counted, since they are written in their order. */

interface Waiter {
  readonly upTo: number;
  readonly done: () => void;
}

export class Durability {
  /** Facts given, and facts on disk, since the log was opened. */
  #given = 0;
  #written = 0;
  #waiters: Waiter[] = [];
  /** Those before it were called. To take each from the front would move all the others, and behind a disk that hung there are many. */
  #next = 0;

  /** One more fact is to be written. */
  given(): void {
    this.#given += 1;
  }

  /** So many more, in their order, are on disk. */
  written(facts: number): void {
    this.#written += facts;
  }

  /** `done` waits for everything given so far, behind those that wait already. */
  wait(done: () => void): void {
    this.#waiters.push({ upTo: this.#given, done });
  }

  /** Calls, in their order, those that have nothing to wait for any more. */
  call(): void {
    for (;;) {
      const waiter = this.#waiters[this.#next];
      if (waiter === undefined || waiter.upTo > this.#written) break;
      this.#next += 1;
      waiter.done();
    }
    if (this.#next === 0) return;
    this.#waiters = this.#waiters.slice(this.#next);
    this.#next = 0;
  }
}

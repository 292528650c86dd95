/** Who waits until what was given to the log is on disk. Facts are counted, since they are written in their order. */

interface Waiter {
  readonly upTo: number;
  readonly done: () => void;
}

export class Durability {
  /** Facts given, and facts on disk, since the log was opened. */
  #given = 0;
  #written = 0;
  readonly #waiters: Waiter[] = [];

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
    let waiter = this.#waiters[0];
    while (waiter !== undefined && waiter.upTo <= this.#written) {
      this.#waiters.shift();
      waiter.done();
      waiter = this.#waiters[0];
    }
  }
}

/** A limit that allows a burst, and then as many as drip in. */
export class TokenBucket {
  readonly #most: number;
  readonly #refillMs: number;
  #tokens: number;
  #atMs = performance.now();

  /** Full at first; one token more every `refillMs`, up to `most`. */
  constructor(most: number, refillMs: number) {
    this.#most = most;
    this.#refillMs = refillMs;
    this.#tokens = most;
  }

  take(): boolean {
    const nowMs = performance.now();
    this.#tokens = Math.min(this.#most, this.#tokens + (nowMs - this.#atMs) / this.#refillMs);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** How long the log's writes take, of which there is one at a time, and how long the present one has taken so far. */
export class WriteClock {
  readonly #nowMs: () => number;
  #beganMs: number | undefined;

  /** `nowMs` as `performance.now`. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(): void {
    this.#beganMs = this.#nowMs();
  }

  /** It is on disk; answers with how long that took, in milliseconds. */
  end(): number {
    const tookMs = this.underWayMs;
    this.#beganMs = undefined;
    return tookMs;
  }

  /** Since the present write began; 0 while there is none. A disk that hangs never ends one, so no histogram tells of it. */
  get underWayMs(): number {
    return this.#beganMs === undefined ? 0 : this.#nowMs() - this.#beganMs;
  }
}

/** Counts latencies in buckets that grow by a tenth, so that millions of them take a kilobyte and a percentile is right to 5 %. */

const GROWTH = 1.1;
const LOWEST_MS = 0.01;
/** Up to about 20 minutes. */
const BUCKETS = 200;

export class Latencies {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(Math.max(milliseconds, LOWEST_MS) / LOWEST_MS) / Math.log(GROWTH));
    const place = Math.min(BUCKETS - 1, bucket);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#count += 1;
    if (milliseconds > this.#maxMs) this.#maxMs = milliseconds;
  }

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** The latency that `share` of all (0 to 1) do not exceed; 0 when there are none. */
  percentileMs(share: number): number {
    const rank = share * this.#count;
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank && count > 0) return Math.min(this.#maxMs, LOWEST_MS * GROWTH ** bucket);
    }
    return this.#maxMs;
  }
}

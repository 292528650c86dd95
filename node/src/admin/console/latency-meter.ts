/**
 * How long things took in the last second, from the histograms that are counted anyway: nothing is recorded for the console's
 * sake, and nothing is read while nobody looks.
 */
import type { BucketCounts, LatencyCounts } from '../../observe/histogram.ts';

/** Shorter windows would cut what two consoles ask at nearly the same time into pieces. */
const WINDOW_MS_MIN = 900;
/** After a longer pause nobody has looked: the mean since then would say nothing of now. */
const WINDOW_MS_MAX = 5_000;

export interface Latency {
  /** Per second. */
  readonly rate: number;
  /** Undefined when nothing was measured in the window. */
  readonly meanMs: number | undefined;
  /** Within the bucket that holds it, as if all in it were spread evenly. */
  readonly p99Ms: number | undefined;
}

export interface Latencies {
  /** A slot from its proposal to its being chosen; at the leader only. */
  readonly round: Latency;
  /** A batch until it is on disk. */
  readonly fsync: Latency;
  /** A client's command from its arrival to its answer. */
  readonly command: Latency;
}

export class LatencyMeter {
  readonly #read: () => LatencyCounts;
  readonly #nowMs: () => number;
  #counts: LatencyCounts | undefined;
  #countedAtMs = 0;
  #latest: Latencies | undefined;

  constructor(read: () => LatencyCounts, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** Of the last full window; undefined when nobody has asked for a while. */
  latest(): Latencies | undefined {
    const nowMs = this.#nowMs();
    const sinceMs = nowMs - this.#countedAtMs;
    if (this.#counts !== undefined && sinceMs < WINDOW_MS_MIN) return this.#latest;
    const before = this.#counts;
    const counts = this.#read();
    this.#counts = counts;
    this.#countedAtMs = nowMs;
    this.#latest =
      before === undefined || sinceMs > WINDOW_MS_MAX
        ? undefined
        : {
            round: between(before.round, counts.round, sinceMs),
            fsync: between(before.fsync, counts.fsync, sinceMs),
            command: between(before.command, counts.command, sinceMs),
          };
    return this.#latest;
  }
}

function between(before: BucketCounts, after: BucketCounts, sinceMs: number): Latency {
  const counts = after.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    rate: (total * 1000) / sinceMs,
    meanMs: total === 0 ? undefined : ((after.sum - before.sum) / total) * 1000,
    p99Ms: total === 0 ? undefined : quantile(after.bounds, counts, total * 0.99) * 1000,
  };
}

/** In the unit of the bounds; above all bounds it is the last of them, since nothing more is known. */
function quantile(bounds: readonly number[], counts: readonly number[], rank: number): number {
  let below = 0;
  for (const [bucket, bound] of bounds.entries()) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const low = bounds[bucket - 1] ?? 0;
      return low + ((bound - low) * (rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1) ?? 0;
}

/**
 * A histogram for hot paths: an observation is a short search and two additions, with no objects made.
 * prom-client's own looks up labels and buckets by strings each time; here it only sees the counts when
 * somebody scrapes.
 */
import type { Metric, Registry } from 'prom-client';

/** Upper bounds for durations, in seconds: from a loopback round trip to a disk in trouble. */
export const DURATION_BOUNDS_SECONDS: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
];

/** Upper bounds for how many commands share one slot. */
export const COUNT_BOUNDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** What was counted so far: per bucket, not cumulative; the last one is for what is above all bounds. */
export interface BucketCounts {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Of what clients wait for, in seconds. */
export interface LatencyCounts {
  readonly round: BucketCounts;
  readonly fsync: BucketCounts;
  readonly command: BucketCounts;
}

/** The observations that share one set of labels. */
export class Buckets {
  readonly #bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last one is for what is above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get total(): BucketCounts {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }

  /** As prom-client writes a histogram: cumulative counts, then the sum and the count. */
  samples(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    const samples: Sample[] = [];
    let cumulative = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      cumulative += count;
      const le = this.#bounds[bucket] ?? '+Inf';
      samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: cumulative });
    }
    samples.push({ metricName: `${name}_sum`, labels, value: this.#sum });
    samples.push({ metricName: `${name}_count`, labels, value: cumulative });
    return samples;
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds of the buckets, rising. */
  readonly bounds: readonly number[];
  readonly label?: string;
}

/** Stands in a registry like any of prom-client's metrics; it has one label at most. */
export class BucketHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly labelNames: readonly string[];
  readonly #bounds: readonly number[];
  readonly #label: string | undefined;
  readonly #bucketsByValue = new Map<string, Buckets>();

  constructor(registry: Registry, options: HistogramOptions) {
    this.name = options.name;
    this.help = options.help;
    this.#bounds = options.bounds;
    this.#label = options.label;
    this.labelNames = options.label === undefined ? [] : [options.label];
    // To write itself out, the registry reads the fields above and calls `get`: nothing else.
    registry.registerMetric(this as unknown as Metric);
  }

  /** The buckets for one value of the label, made when first asked for: keep them at hand. */
  buckets(labelValue = ''): Buckets {
    let buckets = this.#bucketsByValue.get(labelValue);
    if (buckets === undefined) {
      buckets = new Buckets(this.#bounds);
      this.#bucketsByValue.set(labelValue, buckets);
    }
    return buckets;
  }

  get(): Promise<object> {
    const values: Sample[] = [];
    for (const [labelValue, buckets] of this.#bucketsByValue) {
      const labels = this.#label === undefined ? {} : { [this.#label]: labelValue };
      values.push(...buckets.samples(this.name, labels));
    }
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values });
  }
}

/**
 * What `/metrics` answers. Anybody may ask for it, and to gather it takes milliseconds: so it is gathered once for all who ask within a
 * moment.
 */

/** Where the text comes from: see `observe/metrics.ts`. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** How old the answer may be: a fraction of any interval at which metrics are asked for. */
export const METRICS_AGE_MAX_MS = 1_000;

export class MetricsPage {
  readonly #metrics: Exposition;
  #bytes: Promise<Buffer> | undefined;
  #sinceMs = 0;

  constructor(metrics: Exposition) {
    this.#metrics = metrics;
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  bytes(): Promise<Buffer> {
    const nowMs = performance.now();
    if (this.#bytes !== undefined && nowMs - this.#sinceMs < METRICS_AGE_MAX_MS) return this.#bytes;
    const bytes = this.#metrics.text().then((text) => Buffer.from(text, 'utf8'));
    this.#bytes = bytes;
    this.#sinceMs = nowMs;
    // What went wrong is tried again.
    bytes.catch(() => {
      if (this.#bytes === bytes) this.#bytes = undefined;
    });
    return bytes;
  }
}

/**
 * Digests that somebody who only scrapes can compare. Two replicas are never scraped at the same slot, so each also keeps its digest at the
 * last slot that is a multiple of some interval: when two name the same slot, the digests must be the same. A short interval is soon
 * reached on a quiet cluster, a long one stays the same from scrape to scrape on a busy one; so there are several.
 */
import { Gauge, type Registry } from 'prom-client';
import { Digest } from '../kv/digest.ts';
import { DigestHistory } from '../kv/digest-history.ts';

/** Slots, powers of two. With scrapes each 30 s they serve up to about 1, 70 and 4,400 slots a second: more than a cluster chooses. */
export const CHECKPOINT_INTERVALS: readonly number[] = [64, 4_096, 262_144];

/** The shortest divides all others: the one question that is asked at each slot. */
const SHORTEST = CHECKPOINT_INTERVALS[0] as number;

/** What a gauge holds exactly: the first 53 of the digest's 64 bits. */
const SECOND_BITS = 21;

interface Checkpoint {
  readonly slot: number;
  readonly digest: number;
}

export class DigestCheckpoints extends DigestHistory {
  readonly #checkpoints = new Map<number, Checkpoint>();
  /** Undefined: digests are told as they are. */
  readonly #falsified: Digest | undefined;

  /** `falsify`: every digest that is noted or told is wrong, so that alarms can be tried. The state, and its own digest, stay right. */
  constructor(falsify = false) {
    super();
    this.#falsified = falsify ? new Digest() : undefined;
  }

  override note(slot: number, digest: Digest): void {
    const falsified = this.#falsified;
    falsified?.restore([~digest.first, ~digest.second]);
    const noted = falsified ?? digest;
    super.note(slot, noted);
    if (slot % SHORTEST === 0) this.#keep(slot, noted);
  }

  override told(value: string): string {
    if (this.#falsified === undefined) return value;
    return value.replaceAll(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  }

  /** Gauges of the checkpoints that were passed since the start, read at each scrape. */
  register(registry: Registry): void {
    const gauge = (name: string, help: string, valueOf: (checkpoint: Checkpoint) => number): void => {
      const made: Gauge = new Gauge({
        name,
        help,
        labelNames: ['interval'],
        registers: [registry],
        collect: () => {
          for (const [interval, checkpoint] of this.#checkpoints) made.set({ interval }, valueOf(checkpoint));
        },
      });
    };
    gauge(
      'paxoskv_digest_checkpoint_slot',
      'Last slot applied that is a multiple of the interval, which is in slots',
      ({ slot }) => slot,
    );
    gauge(
      'paxoskv_digest_checkpoint',
      'The first 53 bits of the digest at that slot: replicas that name the same slot must have the same',
      ({ digest }) => digest,
    );
  }

  #keep(slot: number, { first, second }: Digest): void {
    const digest = (first >>> 0) * 2 ** SECOND_BITS + (second >>> (32 - SECOND_BITS));
    for (const interval of CHECKPOINT_INTERVALS) {
      if (slot % interval === 0) this.#checkpoints.set(interval, { slot, digest });
    }
  }
}

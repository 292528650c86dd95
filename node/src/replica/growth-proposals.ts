/**
 * What a leader has the cluster agree on about growth: its quota, and that its own disk is full. It travels as a segment
 * of nobody, in front of a batch, so that everything behind it is judged by it, wherever it came from.
 */
import { SegmentWriter } from '../codec/batch.ts';
import { encodeGrowth, type GrowthBounds } from '../kv/growth.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import type { Slot } from '../paxos/ballot.ts';

/** No process has this number: nobody waits for an answer. */
const NOBODY = 0;

export class GrowthProposals {
  readonly #quotaBytes: number | undefined;
  /** Where it was proposed last in this leadership. */
  #slot: Slot = 0;

  /** `quotaBytes`: 0 is no quota, undefined leaves what was agreed on. */
  constructor(quotaBytes: number | undefined) {
    this.#quotaBytes = quotaBytes;
  }

  /** A new leadership begins. */
  begin(): void {
    this.#slot = 0;
  }

  /** Whether something else should be agreed on, and is not on its way. */
  isDue(applied: Slot, present: GrowthBounds, diskFull: boolean): boolean {
    const wanted = this.#wanted(present, diskFull);
    const isSame = wanted.quotaBytes === present.quotaBytes && wanted.diskFull === present.diskFull;
    return !isSame && applied >= this.#slot;
  }

  /** The segment that goes into the batch of `slot`. */
  segment(slot: Slot, present: GrowthBounds, diskFull: boolean): Uint8Array {
    this.#slot = slot;
    const writer = new SegmentWriter(NOBODY);
    writer.add(INTERNAL.growth, encodeGrowth(this.#wanted(present, diskFull)));
    return writer.seal(0);
  }

  #wanted(present: GrowthBounds, diskFull: boolean): GrowthBounds {
    return { quotaBytes: this.#quotaBytes ?? present.quotaBytes, diskFull };
  }
}

/** When this replica accepted each slot, had it on disk and knew it chosen: of the latest slots only, in memory that never grows. */
import type { Slot } from '../paxos/ballot.ts';

export const STAGES = ['accepted', 'durable', 'chosen'] as const;

export type Stage = (typeof STAGES)[number];

/** Many times as many as are in flight or wait to be applied. */
const SLOTS_MAX = 4_096;

/** One stage: a ring of times, each beside the slot that it belongs to. */
class Passages {
  #mark: Slot = 0;
  readonly #slots = new Float64Array(SLOTS_MAX);
  readonly #timesMs = new Float64Array(SLOTS_MAX);

  note(mark: Slot, nowMs: number): void {
    // A new ballot puts marks back: what is passed again gets the later time.
    for (let slot = Math.max(this.#mark, mark - SLOTS_MAX) + 1; slot <= mark; slot += 1) {
      const place = slot % SLOTS_MAX;
      this.#slots[place] = slot;
      this.#timesMs[place] = nowMs;
    }
    this.#mark = mark;
  }

  at(slot: Slot): number | undefined {
    const place = slot % SLOTS_MAX;
    return slot <= this.#mark && this.#slots[place] === slot ? this.#timesMs[place] : undefined;
  }
}

export class SlotTimes {
  readonly #passages: Readonly<Record<Stage, Passages>> = {
    accepted: new Passages(),
    durable: new Passages(),
    chosen: new Passages(),
  };

  /** Each stage has passed all slots up to its mark. */
  note(marks: Readonly<Record<Stage, Slot>>, nowMs: number): void {
    for (const stage of STAGES) this.#passages[stage].note(marks[stage], nowMs);
  }

  /** Undefined while the stage has not passed the slot, and when that is long ago. */
  at(stage: Stage, slot: Slot): number | undefined {
    return this.#passages[stage].at(slot);
  }
}

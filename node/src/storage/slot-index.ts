/**
 * Where in the log the entry of a slot is. The log is cut into stretches of about 64 KiB; of each one
 * only its place and the lowest and highest slot in it are kept, so that memory grows with one small
 * record per 64 KiB of log and not per slot. A slot is found by scanning the newest stretch that may
 * hold it, then older ones: the entry written last for a slot is the one that counts.
 *
 * Slots nearly always grow along the log, and then the first stretch looked at is the right one. Two
 * ordered lists find it without a walk: the highest slot of each stretch *and all before it* (no older
 * stretch than the first one that reaches the slot can hold it), and a stack of the stretches whose
 * lowest slot is below those of all that come after (none newer than the last of these can hold it).
 *
 * Stretches are known by their position among all that were ever noted, so that a reader's position stays
 * right when the oldest are forgotten.
 */
import type { Slot } from '../paxos/ballot.ts';

/** A stretch ends with the entry that makes it this long: one read of 64 KiB costs about as much as one of 4. */
const STRETCH_BYTES = 64 * 1024;

export interface Stretch {
  readonly segment: number;
  readonly offset: number;
  /** Behind the last entry's record. */
  end: number;
  lowest: Slot;
  highest: Slot;
  /** The highest slot of this stretch and of all before it. */
  highestSoFar: Slot;
}

export class SlotIndex {
  readonly #stretches: Stretch[] = [];
  /** The position of the first one. */
  #start = 0;
  /** Positions, ascending, of those whose lowest slot is below all later ones'. */
  readonly #floors: number[] = [];
  /** What is noted for slots up to here counts no more. */
  #skipped: Slot = 0;

  /** Notes the entry for `slot`, whose record of `bytes` bytes lies behind everything noted before. */
  add(slot: Slot, segment: number, offset: number, bytes: number): void {
    const last = this.#stretches.at(-1);
    if (last === undefined || last.segment !== segment || offset - last.offset >= STRETCH_BYTES) {
      this.#begin(slot, segment, offset, bytes, last?.highestSoFar ?? 0);
      return;
    }
    last.end = offset + bytes;
    if (slot > last.highest) {
      last.highest = slot;
      if (slot > last.highestSoFar) last.highestSoFar = slot;
    } else if (slot < last.lowest) {
      last.lowest = slot;
      this.#setFloor(slot);
    }
  }

  /**
   * The newest stretch that may hold `slot`, by its position in the log; with `before`, the newest one
   * older than that. −1 when there is none.
   */
  newest(slot: Slot, before?: number): number {
    if (slot <= this.#skipped) return -1;
    let position = before === undefined ? this.#lastWithFloorBelow(slot) : before - 1;
    while (position >= 0) {
      const stretch = this.stretch(position);
      if (stretch === undefined || stretch.highestSoFar < slot) return -1;
      if (stretch.lowest <= slot && slot <= stretch.highest) return position;
      position -= 1;
    }
    return -1;
  }

  /** The lowest slot that is noted, 0 when none is. */
  get lowest(): Slot {
    if ((this.#stretches.at(-1)?.highestSoFar ?? 0) <= this.#skipped) return 0;
    return Math.max(this.#skipped + 1, this.stretch(this.#floors[0] ?? -1)?.lowest ?? 0);
  }

  /** Entries for slots up to `slot`, noted before or on their way, are no longer found. */
  skipThrough(slot: Slot): void {
    this.#skipped = Math.max(this.#skipped, slot);
  }

  /** Undefined when it was forgotten. */
  stretch(position: number): Stretch | undefined {
    return this.#stretches[position - this.#start];
  }

  /** The highest slot noted in the segments up to `segment`, forgotten ones left out; 0 when there is none. */
  highestThrough(segment: number): Slot {
    let highest = 0;
    for (const stretch of this.#stretches) {
      if (stretch.segment > segment) break;
      if (stretch.highest > highest) highest = stretch.highest;
    }
    return highest;
  }

  /** Forgets the segments up to `segment`, which are the oldest. */
  forgetThrough(segment: number): void {
    const kept = this.#stretches.findIndex((stretch) => stretch.segment > segment);
    const count = kept < 0 ? this.#stretches.length : kept;
    this.#stretches.splice(0, count);
    this.#start += count;
    const floors = this.#floors.filter((position) => position >= this.#start);
    this.#floors.splice(0, this.#floors.length, ...floors);
  }

  #begin(slot: Slot, segment: number, offset: number, bytes: number, highestBefore: Slot): void {
    this.#stretches.push({
      segment,
      offset,
      end: offset + bytes,
      lowest: slot,
      highest: slot,
      highestSoFar: Math.max(slot, highestBefore),
    });
    this.#setFloor(slot);
  }

  /** The newest stretch's lowest slot is now `slot`: older ones whose lowest isn't below are hidden by it. */
  #setFloor(slot: Slot): void {
    for (;;) {
      const top = this.#floors.at(-1);
      const stretch = top === undefined ? undefined : this.stretch(top);
      if (stretch === undefined || stretch.lowest < slot) break;
      this.#floors.pop();
    }
    this.#floors.push(this.#start + this.#stretches.length - 1);
  }

  #lastWithFloorBelow(slot: Slot): number {
    let low = 0;
    let high = this.#floors.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const stretch = this.stretch(this.#floors[middle] ?? -1);
      if (stretch !== undefined && stretch.lowest <= slot) low = middle + 1;
      else high = middle;
    }
    return this.#floors[low - 1] ?? -1;
  }
}

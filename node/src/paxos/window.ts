/**
 * The part of the log that is held in memory: every accepted entry above the applied mark, and below
 * it as many as a budget allows, so that a follower that lags a little is served without the disk.
 */
import assert from 'node:assert/strict';
import type { Slot } from './ballot.ts';
import { type Entry, valueBytes } from './entry.ts';

/** A follower that falls further behind than this many bytes of values catches up from the log on disk. */
export const RETAINED_BYTES_MAX = 16 * 1024 * 1024;
/** The same for a log of tiny batches: what an entry costs beyond its value. */
const RETAINED_ENTRIES_MAX = 16_384;

export class Window {
  readonly #entries = new Map<Slot, Entry>();
  readonly #retainedBytes: number;
  #bytes = 0;
  #first: Slot;
  #last: Slot;

  /** Begins empty, above `chosen`; keeps up to `retainedBytes` of what is applied. */
  constructor(chosen: Slot, retainedBytes = RETAINED_BYTES_MAX) {
    this.#retainedBytes = retainedBytes;
    this.#first = chosen + 1;
    this.#last = chosen;
  }

  /** Every slot from here to the last accepted one that is not a hole is held. */
  get first(): Slot {
    return this.#first;
  }

  /** The highest slot ever put; slots below it may be holes. */
  get last(): Slot {
    return this.#last;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(slot: Slot): Entry | undefined {
    return this.#entries.get(slot);
  }

  /** Takes the place of what the slot held. */
  put(entry: Entry): void {
    assert(entry.slot >= this.#first, 'WindowOrder: no entry is put below the window');
    const before = this.#entries.get(entry.slot);
    if (before !== undefined) this.#bytes -= valueBytes(before.value);
    this.#entries.set(entry.slot, entry);
    this.#bytes += valueBytes(entry.value);
    if (entry.slot > this.#last) this.#last = entry.slot;
  }

  /** Entries from `slot` on, in slot order, without the holes. */
  *from(slot: Slot): Generator<Entry> {
    for (let at = Math.max(slot, this.#first); at <= this.#last; at += 1) {
      const entry = this.#entries.get(at);
      if (entry !== undefined) yield entry;
    }
  }

  /** Everything up to `slot` is known without its entry: the window begins behind it. */
  skipTo(slot: Slot): void {
    while (this.#first <= slot && this.#entries.size > 0) this.#dropFirst();
    this.#first = Math.max(this.#first, slot + 1);
    this.#last = Math.max(this.#last, slot);
  }

  /** Forgets the oldest entries over the budget, never one above `applied`. */
  trim(applied: Slot): void {
    while (
      this.#first <= applied &&
      (this.#bytes > this.#retainedBytes || this.#entries.size > RETAINED_ENTRIES_MAX)
    ) {
      this.#dropFirst();
    }
  }

  #dropFirst(): void {
    const entry = this.#entries.get(this.#first);
    if (entry !== undefined) {
      this.#bytes -= valueBytes(entry.value);
      this.#entries.delete(this.#first);
    }
    this.#first += 1;
  }
}

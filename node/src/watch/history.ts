/**
 * The last changes, so that a watch can begin in the past. It is not part of the replicated state: it begins where this replica
 * began to listen, and the oldest revisions go when it grows over its limits.
 *
 *     … compacted │ first ………………………… end
 *                 └ whole revisions only: the changes of a transaction go together
 *
 * Events have positions that count up for ever; they are kept in a ring that doubles as it fills.
 */
import assert from 'node:assert/strict';
import type { ChangeEvent } from './change-event.ts';

const CAPACITY_MIN = 64;

export class History {
  readonly #eventsMax: number;
  readonly #bytesMax: number;
  #ring: (ChangeEvent | undefined)[] = emptyRing(CAPACITY_MIN);
  #first = 0;
  #end = 0;
  #bytes = 0;
  #compactedThrough = 0;

  constructor(eventsMax: number, bytesMax: number) {
    this.#eventsMax = eventsMax;
    this.#bytesMax = bytesMax;
  }

  /** Position of the oldest event that is still here. */
  get first(): number {
    return this.#first;
  }

  /** Position that the next event gets. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of this revision and those before it nothing is known here, or not everything. */
  get compactedThrough(): number {
    return this.#compactedThrough;
  }

  /** Nothing up to that revision is known from now on: the state was not made here, change by change. */
  reset(revision: number): void {
    this.#ring = emptyRing(CAPACITY_MIN);
    // Positions go on: one that was kept must not come to mean another event.
    this.#first = this.#end;
    this.#bytes = 0;
    this.#compactedThrough = revision;
  }

  add(event: ChangeEvent): void {
    if (this.size === this.#ring.length) this.#grow();
    this.#ring[this.#end & (this.#ring.length - 1)] = event;
    this.#end += 1;
    this.#bytes += event.bytes;
    // The newest revision stays whole, whatever its size: its watchers have yet to get it.
    while (this.#isOverLimits && this.at(this.#first).revision < event.revision) this.#dropOldestRevision();
  }

  at(position: number): ChangeEvent {
    const event = this.#ring[position & (this.#ring.length - 1)];
    assert(
      event !== undefined && position >= this.#first && position < this.#end,
      'HistoryHolds: only positions between first and end are asked for',
    );
    return event;
  }

  /** Position of the first event of that revision or a later one; `end` when there is none. */
  positionOf(revision: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle).revision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get #isOverLimits(): boolean {
    return this.size > this.#eventsMax || this.#bytes > this.#bytesMax;
  }

  #dropOldestRevision(): void {
    const { revision } = this.at(this.#first);
    while (this.#first < this.#end && this.at(this.#first).revision === revision) {
      this.#bytes -= this.at(this.#first).bytes;
      this.#ring[this.#first & (this.#ring.length - 1)] = undefined;
      this.#first += 1;
    }
    this.#compactedThrough = revision;
  }

  #grow(): void {
    const larger = emptyRing(this.#ring.length * 2);
    for (let position = this.#first; position < this.#end; position += 1) {
      larger[position & (larger.length - 1)] = this.at(position);
    }
    this.#ring = larger;
  }
}

/** A power of two, so that a position's place is its low bits. */
function emptyRing(capacity: number): (ChangeEvent | undefined)[] {
  return Array.from<ChangeEvent | undefined>({ length: capacity }).fill(undefined);
}

/** Facts that wait for the next write, in order, each with its record. */
import { encodeRecord, entryRecord, type Skipped, type StartRecord, type Trimmed } from '../codec/record.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Fact } from '../paxos/message.ts';

/** Facts that a write must wait for; `chosen` is none of them. */
export type FirmFact = Exclude<Fact, { kind: 'chosen' }> | OwnFact;

/** What the log says of itself. */
export type OwnFact = Trimmed | Skipped | StartRecord;

export interface Gathered {
  readonly facts: readonly FirmFact[];
  /** The record of each fact, by the same position. */
  readonly records: readonly Uint8Array[];
}

export class Gathering {
  #facts: FirmFact[] = [];
  #records: Uint8Array[] = [];
  #bytes = 0;
  /** The highest slot that is known chosen: only the last such hint counts, so one is kept. */
  #hint: Slot = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#facts.length;
  }

  get isEmpty(): boolean {
    return this.#facts.length === 0;
  }

  get hint(): Slot {
    return this.#hint;
  }

  /** Bytes of the record that goes first, 0 when there is none. */
  get firstBytes(): number {
    return this.#records[0]?.length ?? 0;
  }

  /** Answers whether it is a fact that must be written, and no mere hint. */
  add(fact: Fact | OwnFact): boolean {
    if (fact.kind === 'chosen') {
      if (fact.slot > this.#hint) this.#hint = fact.slot;
      return false;
    }
    const record = fact.kind === 'entry' ? entryRecord(fact.entry) : encodeRecord(fact);
    this.#facts.push(fact);
    this.#records.push(record);
    this.#bytes += record.length;
    return true;
  }

  /** Takes as many facts from the front as have room in `room` bytes. */
  take(room: number): Gathered {
    const taken = { facts: this.#facts, records: this.#records };
    if (this.#bytes <= room) {
      this.#facts = [];
      this.#records = [];
      this.#bytes = 0;
      return taken;
    }
    let count = 0;
    let bytes = 0;
    for (const record of this.#records) {
      if (bytes + record.length > room) break;
      bytes += record.length;
      count += 1;
    }
    this.#facts = taken.facts.slice(count);
    this.#records = taken.records.slice(count);
    this.#bytes -= bytes;
    return { facts: taken.facts.slice(0, count), records: taken.records.slice(0, count) };
  }
}

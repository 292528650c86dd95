/** The fields of a frame, written and read one after the other. */
import { Corruption } from '../errors.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from './bytes.ts';
import { bodyLength, decodeRecord, entryRecord, isIntact, recordBytes } from './record.ts';

export const BALLOT_BYTES = 12;

export class FrameWriter {
  readonly #target: Buffer;
  #offset = 0;

  constructor(bytesMax: number) {
    this.#target = Buffer.allocUnsafeSlow(bytesMax);
  }

  byte(value: number): void {
    this.#target[this.#offset] = value;
    this.#offset += 1;
  }

  uint32(value: number): void {
    writeUint32(this.#target, this.#offset, value);
    this.#offset += 4;
  }

  uint48(value: number): void {
    writeUint48(this.#target, this.#offset, value);
    this.#offset += 6;
  }

  ballot(ballot: Ballot): void {
    this.uint48(ballot.round);
    this.uint48(ballot.replica);
  }

  bytes(source: Uint8Array): void {
    this.#target.set(source, this.#offset);
    this.#offset += source.length;
  }

  entries(entries: readonly Entry[]): void {
    for (const entry of entries) this.bytes(entryRecord(entry));
  }

  finish(): Uint8Array {
    return this.#target.subarray(0, this.#offset);
  }
}

/** Throws `Corruption` where the frame ends too early or holds a damaged record. */
export class FrameReader {
  readonly #source: Uint8Array;
  #offset = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  byte(): number {
    return this.#source[this.#take(1)] ?? 0;
  }

  uint32(): number {
    return readUint32(this.#source, this.#take(4));
  }

  uint48(): number {
    return readUint48(this.#source, this.#take(6));
  }

  ballot(): Ballot {
    return { round: this.uint48(), replica: this.uint48() };
  }

  rest(): Uint8Array {
    const start = this.#offset;
    this.#offset = this.#source.length;
    return this.#source.subarray(start);
  }

  entries(): Entry[] {
    const entries: Entry[] = [];
    while (this.#offset < this.#source.length) {
      if (!isIntact(this.#source, this.#offset)) throw new Corruption('a frame holds a damaged record');
      const bytes = recordBytes(bodyLength(this.#source, this.#offset));
      const record = decodeRecord(this.#source, this.#take(bytes));
      if (record.kind !== 'entry') throw new Corruption(`a frame holds a ${record.kind} record`);
      entries.push(record.entry);
    }
    return entries;
  }

  /** Fields that a later version added stand at the end, and are left out where they say nothing. */
  get isAtEnd(): boolean {
    return this.#offset === this.#source.length;
  }

  requireEnd(): void {
    if (this.#offset !== this.#source.length) throw new Corruption('a frame is longer than its message');
  }

  #take(bytes: number): number {
    const start = this.#offset;
    if (start + bytes > this.#source.length) throw new Corruption('a frame ends within its message');
    this.#offset = start + bytes;
    return start;
  }
}

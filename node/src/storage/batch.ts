/**
 * One batch on its way to disk: a batch record and the records behind it, as chunks for one write.
 * It counts the sectors that hold nothing but zeros although they were written (a value may be full
 * of zeros), because recovery takes every other zero sector for one that was not (`segment-scan.ts`).
 */
import { BATCH_RECORD_BYTES, encodeRecord } from '../codec/record.ts';
import { batchStart, SECTOR_BYTES, sectorEnd } from './sectors.ts';
import { isZero } from './zeros.ts';

const NO_RECORD: Uint8Array = new Uint8Array(0);

export class Batch {
  /** Where the write begins, and where what was added so far ends. */
  readonly writeStart: number;
  readonly chunks: Uint8Array[] = [];
  end: number;
  readonly #segment: number;
  readonly #start: number;
  #zeroSectors = 0;
  #last: Uint8Array = NO_RECORD;

  /** `header` is given for the first batch of a segment, and goes before the batch record. */
  constructor(segment: number, after: number, header?: Uint8Array) {
    this.#segment = segment;
    this.writeStart = header === undefined ? batchStart(after) : 0;
    this.#start = header === undefined ? this.writeStart : header.length;
    if (header !== undefined) this.chunks.push(header);
    this.chunks.push(NO_RECORD);
    this.end = this.#start + BATCH_RECORD_BYTES;
  }

  add(record: Uint8Array): void {
    const start = this.end;
    const end = start + record.length;
    // A sector that another record begins in isn't zero: only those wholly inside this one can be.
    for (let sector = sectorEnd(start); sector + SECTOR_BYTES <= end; sector += SECTOR_BYTES) {
      if (isZero(record, sector - start, sector - start + SECTOR_BYTES)) this.#zeroSectors += 1;
    }
    this.chunks.push(record);
    this.end = end;
    this.#last = record;
  }

  /** Puts the batch record in its place. Nothing may be added after. */
  seal(sequence: number): void {
    const bytes = this.end - this.#start;
    const record = encodeRecord({
      kind: 'batch',
      batch: {
        sequence,
        segment: this.#segment,
        offset: this.#start,
        bytes,
        zeroSectors: this.#zeroSectors + this.#zeroTail(),
      },
    });
    this.chunks[this.#start === this.writeStart ? 0 : 1] = record;
  }

  /** 1 when the last record ends in a sector that holds nothing but zeros of it. */
  #zeroTail(): number {
    const length = this.end % SECTOR_BYTES;
    if (length === 0 || length >= this.#last.length) return 0;
    return isZero(this.#last, this.#last.length - length, this.#last.length) ? 1 : 0;
  }
}

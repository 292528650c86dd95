/**
 * Reads the image of one segment after a start, and decides where the log ends, what is a torn tail
 * (to be cut) and what is corruption (to be refused, because facts may be lost that others count on).
 *
 *     segment   header · batch · batch · … · zeros to the end
 *     batch     batch record · records, as many as were written with one write and one sync
 *
 * What may be relied on:
 *
 * A. A segment is zeroed and synced before its first use, and remains are zeroed and synced before
 *    anything is written after a crash. So the place of a batch holds zeros before the batch.
 * B. Batch n + 1 is written, be it in the same segment or in the next, only after batch n was synced.
 *    So at most the last batch is not wholly on disk, and behind it there are zeros.
 * C. The disk writes whole sectors. Of a batch that was not synced any subset of its sectors may be
 *    there, in no order; the rest of them hold zeros (by A). A sector that it shares with the batch
 *    before it is as it was before or as it is after: what was synced in it is there in both.
 * D. No batch record lies in two sectors (`batchStart`), and the first one of a segment shares its sector
 *    with the header.
 *
 * What follows, at the place where batch n must begin:
 *
 * 1. The rest of the sector is zero. Batch n isn't there, or its first sector is missing. Then nothing
 *    in it was synced, and whatever lies behind is a part of it, of unknown length: remains to be cut.
 *    But if a batch record that belongs where it stands lies behind, B says that batch n was synced:
 *    it was lost since. Corruption.
 * 2. It isn't zero, and there is no intact batch record with the right place and number: by C and D this
 *    sector was written as a whole and has changed since. Corruption.
 * 3. There is one. If every record up to the end of the batch is intact, the batch is. Else it is torn if
 *    a sector of it is missing, which shows as a zero sector more than the batch record says were
 *    written as zeros, and if only zeros follow (B). Otherwise it has changed since. Corruption, even if
 *    it is the last batch: it may have been synced, and acknowledged.
 *
 * A torn batch is dropped as a whole: nothing in it was acknowledged, since it was not synced. The same
 * rules hold between segments: behind the segment with the last or the torn batch, all must be zero, and
 * batch numbers run on from one segment to the next, so that a lost end of a full segment is seen.
 *
 * What can't be told: a synced last batch of which the disk loses a whole sector, giving zeros for it without an
 * error, looks like a torn one. And stray bytes in the zeros behind the log, beyond the sector in which
 * the next batch would begin, look like remains: they are cut, which loses nothing (case 1).
 */
import {
  BATCH_RECORD_BYTES,
  bodyLength,
  decodeRecord,
  FORMAT_VERSION,
  isBatchRecord,
  isIntact,
  type LogRecord,
  recordBytes,
  RECORD_HEADER_BYTES,
} from '../codec/record.ts';
import { NodeError } from '../errors.ts';
import { FormatNotSupported, logCorruption } from './failures.ts';
import { batchStart, SECTOR_BYTES, sectorEnd, zeroSectors } from './sectors.ts';
import { segmentName } from './segment.ts';
import { endOfNonzero, isZero } from './zeros.ts';

export interface SegmentScan {
  /** Where the last intact batch ends; 0 when the segment has none. */
  readonly end: number;
  /** Where the write of the last intact batch began. */
  readonly lastBatchStart: number;
  /** Where the remains of a torn batch end, which lie somewhere behind `end`; 0 when there are none. */
  readonly remainsEnd: number;
  /** The number of the next batch; undefined when none was read and none is known. */
  readonly sequence: number | undefined;
}

/** Gets every record of the intact batches, in order; batch records are left out. */
export type Visit = (record: LogRecord, offset: number, bytes: number) => void;

/**
 * Scans the image of segment `number`, whose first batch must have the number `sequence`; any, when that is
 * undefined, because what lay before it was removed. Throws `Corruption` or `FormatNotSupported`.
 */
export function scanSegment(
  image: Uint8Array,
  number: number,
  sequence: number | undefined,
  visit: Visit,
): SegmentScan {
  return new Scan(image, number, sequence, visit).run();
}

class Scan {
  readonly #image: Uint8Array;
  readonly #number: number;
  readonly #visit: Visit;
  #sequence: number | undefined;
  #end = 0;
  #lastBatchStart = 0;

  constructor(image: Uint8Array, number: number, sequence: number | undefined, visit: Visit) {
    this.#image = image;
    this.#number = number;
    this.#sequence = sequence;
    this.#visit = visit;
  }

  run(): SegmentScan {
    const image = this.#image;
    if (isZero(image, 0, Math.min(SECTOR_BYTES, image.length))) return this.#unwritten(0);
    const header = this.#header();
    let start = header;
    for (;;) {
      if (start + BATCH_RECORD_BYTES > image.length) return this.#full();
      if (isZero(image, start, Math.min(sectorEnd(start), image.length))) {
        if (start === header) throw this.#corruption(start, 'a header without the batch that it belongs to');
        return this.#unwritten(start);
      }
      const end = this.#batch(start, header);
      if (end === 0) return this.#stop(endOfNonzero(image, start));
      start = batchStart(end);
      if (!isZero(image, end, Math.min(start, image.length))) {
        throw this.#corruption(end, 'bytes that belong to no record');
      }
    }
  }

  /** Checks the header; answers where it ends. It is visited with the first intact batch. */
  #header(): number {
    const header = this.#intactEnd(0) > 0 ? this.#decode(0) : undefined;
    if (header?.kind !== 'header') throw this.#corruption(0, 'the header of the file is damaged');
    if (header.formatVersion !== FORMAT_VERSION) {
      throw new FormatNotSupported(
        `${segmentName(this.#number)} has format version ${header.formatVersion}; ` +
          `this program supports version ${FORMAT_VERSION}`,
      );
    }
    if (header.segment !== this.#number) {
      throw this.#corruption(0, `the file is segment ${header.segment} under the name of another`);
    }
    return recordBytes(bodyLength(this.#image, 0));
  }

  /** Visits the batch at `start` and answers where it ends; 0 when it is torn. */
  #batch(start: number, header: number): number {
    const image = this.#image;
    const record = this.#intactEnd(start) > 0 ? this.#decode(start) : undefined;
    if (record?.kind !== 'batch') throw this.#corruption(start, 'a damaged batch record');
    const { sequence, segment, offset, bytes } = record.batch;
    const end = start + bytes;
    if (segment !== this.#number || offset !== start || end > image.length) {
      throw this.#corruption(start, `a batch record that belongs to segment ${segment}, byte ${offset}`);
    }
    if (sequence !== (this.#sequence ?? sequence)) {
      throw this.#corruption(start, `batch ${sequence} where batch ${this.#sequence} must be`);
    }
    const damaged = this.#firstDamaged(start + BATCH_RECORD_BYTES, end);
    if (damaged !== end) {
      const missing = zeroSectors(image, start, end) - record.batch.zeroSectors;
      if (missing <= 0) throw this.#corruption(damaged, 'a damaged record');
      if (!isZero(image, end, image.length)) {
        throw this.#corruption(damaged, 'a damaged record, and the log goes on after its batch');
      }
      return 0;
    }
    const first = this.#end === 0;
    if (first) this.#visit(this.#decode(0), 0, header);
    this.#visitAll(start + BATCH_RECORD_BYTES, end);
    this.#sequence = sequence + 1;
    this.#end = end;
    this.#lastBatchStart = first ? 0 : start;
    return end;
  }

  /** The offset of the first damaged record; `end` when all are intact. */
  #firstDamaged(from: number, end: number): number {
    let at = from;
    while (at < end) {
      const next = this.#intactEnd(at);
      if (next === 0 || next > end) return at;
      at = next;
    }
    return at;
  }

  /** Where the record at `offset` ends, its padding included; 0 when it is damaged. */
  #intactEnd(offset: number): number {
    if (!isIntact(this.#image, offset)) return 0;
    const length = bodyLength(this.#image, offset);
    const end = offset + recordBytes(length);
    return isZero(this.#image, offset + RECORD_HEADER_BYTES + length, end) ? end : 0;
  }

  #visitAll(from: number, end: number): void {
    let at = from;
    while (at < end) {
      const bytes = recordBytes(bodyLength(this.#image, at));
      this.#visit(this.#decode(at), at, bytes);
      at += bytes;
    }
  }

  /** Case 1: the batch that would begin at `start` isn't there, or its first sector isn't. */
  #unwritten(start: number): SegmentScan {
    const remainsEnd = endOfNonzero(this.#image, start);
    if (remainsEnd === start) return this.#stop(0);
    for (let at = start; at < remainsEnd; at += 8) {
      if (!isBatchRecord(this.#image, at)) continue;
      const record = this.#decode(at);
      if (record.kind === 'batch' && record.batch.segment === this.#number && record.batch.offset === at) {
        throw this.#corruption(
          start,
          `zeros, although batch ${record.batch.sequence} stands behind, at byte ${at}`,
        );
      }
    }
    return this.#stop(remainsEnd);
  }

  /** There is no room for a further batch. */
  #full(): SegmentScan {
    if (!isZero(this.#image, this.#end, this.#image.length)) {
      throw this.#corruption(this.#end, 'bytes that belong to no record');
    }
    return this.#stop(0);
  }

  #stop(remainsEnd: number): SegmentScan {
    return {
      end: this.#end,
      lastBatchStart: this.#lastBatchStart,
      remainsEnd,
      sequence: this.#sequence,
    };
  }

  #decode(offset: number): LogRecord {
    try {
      return decodeRecord(this.#image, offset);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      throw this.#corruption(offset, error.message, error);
    }
  }

  #corruption(offset: number, what: string, cause?: unknown): Error {
    const name = segmentName(this.#number);
    return logCorruption(name, offset, what, { cause, intactBytes: this.#end });
  }
}

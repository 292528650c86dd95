/**
 * Reads the log after a start: one segment at a time, in order, so that memory holds one segment and
 * the entries above the highest chosen mark seen so far, never the log. `segment-scan.ts` tells what is
 * torn and what is corrupt.
 *
 * Before anything is believed, the last batch is written again, zeros over what is torn, and both are synced:
 * the last process may have ended between a write and its sync, or because a sync failed. Then the pages in
 * memory, which are what was read, are not known to be what is on disk, nor that they still will be (T3).
 */
import { decodeRecord, type LogRecord, type Trimmed } from '../codec/record.ts';
import { NodeError } from '../errors.ts';
import { type Ballot, BALLOT_NONE, compareBallots, type ReplicaId, type Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import { logCorruption } from './failures.ts';
import type { Done, File, Files } from './files.ts';
import type { FullSegment } from './log-trimmer.ts';
import { SECTOR_BYTES } from './sectors.ts';
import { fillWithZeros, isUnfinishedSegment, type Segment, segmentName, segmentNumber } from './segment.ts';
import { scanSegment, type SegmentScan } from './segment-scan.ts';
import { SlotIndex } from './slot-index.ts';

export interface Recovery {
  /** Undefined when nothing was ever written: the directory must be formatted. */
  readonly replica: ReplicaId | undefined;
  readonly cluster: string | undefined;
  readonly promised: Ballot;
  readonly chosen: Slot;
  /** How often the replica has been started so far. */
  readonly starts: number;
  /** Those above `chosen`, by slot; the one written last for each. */
  readonly entries: readonly Entry[];
  /** The number of the next batch. */
  readonly sequence: number;
  /** The segment to go on in, and where in it. */
  readonly current: Segment | undefined;
  readonly end: number;
  /** Segments before it, oldest first. */
  readonly full: readonly FullSegment[];
  /** Segments behind it that are all zeros. */
  readonly spares: Segment[];
  readonly bytes: number;
  readonly segments: number;
  readonly lastNumber: number;
  /** What the log says it has lost on purpose; it may not have lost all of it yet. */
  readonly trimmed: Trimmed;
  /** How far the remains of a torn batch reached behind `end`; 0 when there were none. */
  readonly cutBytes: number;
  readonly index: SlotIndex;
  /** The snapshot goes further than what the log knows to be chosen: it may have come from a peer. */
  readonly skips: boolean;
}

/** `covered`: a complete snapshot holds everything up to this slot; 0 when there is none. */
export function recover(files: Files, covered: Slot, done: Done<Recovery>): void {
  new Recoverer(files, covered, done).begin();
}

class Recoverer {
  readonly #files: Files;
  readonly #done: Done<Recovery>;
  readonly #index = new SlotIndex();
  readonly #entries = new Map<Slot, Entry>();
  #replica: ReplicaId | undefined;
  #cluster: string | undefined;
  #promised = BALLOT_NONE;
  readonly #covered: Slot;
  #chosen: Slot;
  /** As the log says, which may be less than what the snapshot holds. */
  #chosenHere: Slot = 0;
  /** Entries of all slots from the one to the other were read, one after the other. */
  #heldFirst: Slot = 1;
  #heldLast: Slot = 0;
  #trimmed: Trimmed = { kind: 'trimmed', segment: 0, slot: 0 };
  #starts = 0;
  /** Of the next batch; undefined while the first segment's is not known, for it may be any. */
  #sequence: number | undefined;
  #current: Segment | undefined;
  #end = 0;
  /** The bytes of the last intact batch, and where they were read. */
  #lastBatch: Uint8Array = new Uint8Array(0);
  #lastBatchStart = 0;
  readonly #full: FullSegment[] = [];
  readonly #spares: Segment[] = [];
  /** The segment in which the log ends although it has room: nothing may be written in later ones. */
  #last: string | undefined;
  #torn: { readonly file: File; readonly from: number; readonly to: number } | undefined;
  #bytes = 0;
  #firstNumber = 1;
  #lastNumber = 0;

  constructor(files: Files, covered: Slot, done: Done<Recovery>) {
    this.#files = files;
    this.#covered = covered;
    this.#chosen = covered;
    this.#done = done;
  }

  begin(): void {
    this.#files.list((error, names) => {
      if (error !== undefined) return this.#fail(error);
      const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
      numbers.sort((a, b) => a - b);
      const first = numbers[0] ?? 1;
      this.#firstNumber = first;
      this.#lastNumber = numbers.at(-1) ?? 0;
      // Batches are counted from 1; where the oldest segments are gone, the oldest one left says how far.
      if (first === 1) this.#sequence = 1;
      for (const [position, number] of numbers.entries()) {
        if (number === first + position) continue;
        return this.#fail(
          logCorruption(segmentName(first + position), 0, 'the file is missing', { intactBytes: 0 }),
        );
      }
      this.#removeUnfinished(names.filter(isUnfinishedSegment));
    });
  }

  #removeUnfinished(names: readonly string[]): void {
    const [first, ...rest] = names;
    if (first === undefined) return this.#read(this.#firstNumber);
    this.#files.unlink(first, (error) => {
      if (error !== undefined) return this.#fail(error);
      this.#removeUnfinished(rest);
    });
  }

  #read(number: number): void {
    if (number > this.#lastNumber) return this.#checkWhole();
    this.#files.open(segmentName(number), (openError, file) => {
      if (openError !== undefined) return this.#fail(openError);
      file.size((sizeError, size) => {
        if (sizeError !== undefined) return this.#fail(sizeError);
        file.read(0, size, (readError, image) => {
          if (readError !== undefined) return this.#fail(readError);
          this.#take({ number, file, bytes: size - (size % SECTOR_BYTES) }, image);
        });
      });
    });
  }

  #take(segment: Segment, image: Uint8Array): void {
    let scan: SegmentScan;
    try {
      scan = this.#scan(segment, image);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      return this.#fail(error);
    }
    this.#bytes += segment.bytes;
    if (scan.remainsEnd > 0) this.#torn = { file: segment.file, from: scan.end, to: scan.remainsEnd };
    if (scan.end === 0) {
      this.#spares.push(segment);
      return this.#read(segment.number + 1);
    }
    const previous = this.#current;
    this.#current = segment;
    this.#end = scan.end;
    this.#lastBatch = image.subarray(scan.lastBatchStart, scan.end);
    this.#lastBatchStart = scan.lastBatchStart;
    if (previous === undefined) return this.#read(segment.number + 1);
    this.#full.push({ number: previous.number, bytes: previous.bytes });
    previous.file.close((error) => {
      if (error !== undefined) return this.#fail(error);
      this.#read(segment.number + 1);
    });
  }

  #scan(segment: Segment, image: Uint8Array): SegmentScan {
    const name = segmentName(segment.number);
    const scan = scanSegment(image, segment.number, this.#sequence, (record, offset, bytes) => {
      this.#visit(segment.number, record, offset, bytes);
    });
    this.#detachEntries(image);
    this.#sequence = scan.sequence;
    const isWritten = scan.end > 0 || scan.remainsEnd > 0;
    if (isWritten && this.#last !== undefined) {
      throw logCorruption(name, 0, `the log goes on here, although it ends in ${this.#last}`, {
        intactBytes: 0,
      });
    }
    // A segment may be left with room in it, but not with a torn batch, and not unwritten.
    if (scan.end === 0 || scan.remainsEnd > 0) this.#last ??= name;
    return scan;
  }

  #visit(segment: number, record: LogRecord, offset: number, bytes: number): void {
    switch (record.kind) {
      case 'header':
        if (record.replica !== (this.#replica ?? record.replica)) {
          throw logCorruption(segmentName(segment), offset, 'the file was written by another replica');
        }
        this.#replica = record.replica;
        break;
      case 'joined':
        if (record.cluster !== (this.#cluster ?? record.cluster)) {
          throw logCorruption(segmentName(segment), offset, 'the replica joined a second cluster');
        }
        this.#cluster = record.cluster;
        break;
      case 'promise':
        if (compareBallots(record.ballot, this.#promised) > 0) this.#promised = record.ballot;
        break;
      case 'entry':
        this.#index.add(record.entry.slot, segment, offset, bytes);
        this.#noteHeld(record.entry.slot);
        if (record.entry.slot > this.#chosen) this.#entries.set(record.entry.slot, record.entry);
        break;
      case 'chosen':
        this.#chosenHere = Math.max(this.#chosenHere, record.slot);
        this.#setChosen(record.slot);
        break;
      case 'skipped':
        this.#index.skipThrough(record.slot);
        break;
      case 'trimmed':
        this.#trimmed = record;
        break;
      case 'start':
        this.#starts = Math.max(this.#starts, record.number);
        break;
      case 'batch':
        break;
    }
  }

  /** Slots follow each other; a new ballot goes back to one that was not chosen, a snapshot skips some. */
  #noteHeld(slot: Slot): void {
    if (slot < this.#heldFirst || slot > this.#heldLast + 1) {
      this.#heldFirst = slot;
      this.#heldLast = slot;
    } else if (slot > this.#heldLast) this.#heldLast = slot;
  }

  #setChosen(slot: Slot): void {
    if (slot <= this.#chosen) return;
    this.#chosen = slot;
    for (const held of this.#entries.keys()) {
      if (held <= slot) this.#entries.delete(held);
    }
  }

  /** Gives the entries that are left bytes of their own, so that they don't keep the image in memory. */
  #detachEntries(image: Uint8Array): void {
    for (const [slot, entry] of this.#entries) {
      if (entry.record?.buffer !== image.buffer) continue;
      const copy = decodeRecord(Uint8Array.from(entry.record), 0);
      if (copy.kind === 'entry') this.#entries.set(slot, copy.entry);
    }
  }

  /** Every chosen slot is in the snapshot or in the log, and no file is missing that was not removed on purpose. */
  #checkWhole(): void {
    const first = segmentName(this.#firstNumber);
    const covered = this.#covered;
    const { segment, slot } = this.#trimmed;
    if (this.#firstNumber > segment + 1) {
      return this.#fail(logCorruption(segmentName(segment + 1), 0, 'the file is missing'));
    }
    if (slot > covered) {
      const what = `what lies before it was removed, because a snapshot held everything up to slot ${slot}; `;
      const found = covered === 0 ? 'there is no snapshot' : `the newest one reaches slot ${covered}`;
      return this.#fail(logCorruption(first, 0, what + found));
    }
    const isHeld = this.#heldFirst <= covered + 1 && this.#heldLast >= this.#chosen;
    if (this.#chosen > covered && !isHeld) {
      const what = `slots ${covered + 1} to ${this.#chosen} are known chosen, and not all of them are in the log or in a snapshot`;
      return this.#fail(logCorruption(first, 0, what));
    }
    this.#repair();
  }

  #repair(): void {
    const current = this.#current;
    if (current === undefined) return this.#cut();
    current.file.write(this.#lastBatchStart, [this.#lastBatch], (writeError) => {
      if (writeError !== undefined) return this.#fail(writeError);
      current.file.sync((syncError) => {
        if (syncError !== undefined) return this.#fail(syncError);
        this.#cut();
      });
    });
  }

  #cut(): void {
    if (this.#torn === undefined) return this.#syncSpares(0);
    const { file, from, to } = this.#torn;
    fillWithZeros(file, from, to, (error) => {
      if (error !== undefined) return this.#fail(error);
      this.#syncSpares(0);
    });
  }

  /** A crash may have come between the preparation of a spare and the sync of its length or name. */
  #syncSpares(position: number): void {
    const spare = this.#spares[position];
    if (spare !== undefined) {
      spare.file.sync((error) => {
        if (error !== undefined) return this.#fail(error);
        this.#syncSpares(position + 1);
      });
      return;
    }
    this.#files.syncDirectory((error) => {
      if (error !== undefined) return this.#fail(error);
      this.#finish();
    });
  }

  #finish(): void {
    this.#done(undefined, {
      replica: this.#replica,
      cluster: this.#cluster,
      promised: this.#promised,
      chosen: this.#chosen,
      starts: this.#starts,
      entries: [...this.#entries.values()].toSorted((a, b) => a.slot - b.slot),
      sequence: this.#sequence ?? 1,
      current: this.#current,
      end: this.#end,
      full: this.#full,
      spares: this.#spares,
      bytes: this.#bytes,
      segments: this.#lastNumber - this.#firstNumber + 1,
      lastNumber: this.#lastNumber,
      trimmed: this.#trimmed,
      cutBytes: this.#torn === undefined ? 0 : this.#torn.to - this.#torn.from,
      index: this.#index,
      skips: this.#chosenHere < this.#covered,
    });
  }

  #fail(error: Error): void {
    this.#done(error, undefined as never);
  }
}

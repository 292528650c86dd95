/**
 * The write-ahead log: facts in the order in which they were given, in numbered segments of one directory
 * (`segment-scan.ts` shows what is in them). Facts gather while a write is under way; when it is on disk, all that has
 * gathered goes out with the next one. So one sync serves everything that came during the sync before
 * it, and there is never more than one write whose fate is unknown.
 *
 *     append ──► gathering ──► batch ──► write, sync ──► whenDurable
 *                    ▲                       │
 *                    └──── the next one ◄────┘
 *
 * A spare segment is always held, and made anew in the background as soon as it is begun: no write waits for one. Without
 * space the log is `full`: what fits is still written, the rest waits until `retrySpace` finds space; nothing has failed.
 */
import assert from 'node:assert/strict';
import { BATCH_RECORD_BYTES, encodeRecord, START_RECORD_BYTES } from '../codec/record.ts';
import { Corruption } from '../errors.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import type { Fact } from '../paxos/message.ts';
import { Batch } from './batch.ts';
import { Durability } from './durability.ts';
import { DiskFailure } from './failures.ts';
import type { Done, Files } from './files.ts';
import { type Gathered, Gathering } from './gathering.ts';
import type { LogOptions, Recovered } from './log-options.ts';
import { LogReader } from './log-reader.ts';
import { LogTrimmer } from './log-trimmer.ts';
import { recover, type Recovery } from './recovery.ts';
import { batchStart, SECTOR_BYTES } from './sectors.ts';
import { SegmentSupply } from './segment-supply.ts';
import type { Segment } from './segment.ts';
import type { SlotIndex } from './slot-index.ts';
import { PREAMBLE_BYTES_MAX, Summary } from './summary.ts';

/** Share of a segment that no proposal of a leader takes while the disk is full. */
const RESERVED_SHARE = 1 / 16;
/** What a fact takes of the memory beside its record: the decoded entry, and who waits for it. Measured with values of 60 to 1,000 bytes. */
const FACT_BYTES = 600;

interface Writing {
  readonly batch: Batch;
  readonly segment: Segment;
  readonly gathered: Gathered;
  /** Where the first of the gathered records is. */
  readonly firstOffset: number;
}

export class Log {
  readonly #options: LogOptions;
  readonly #index: SlotIndex;
  readonly #reader: LogReader;

  readonly #summary: Summary;
  #current: Segment | undefined;
  #end: number;
  #sequence: number;
  readonly #supply: SegmentSupply;
  readonly #trimmer: LogTrimmer;

  readonly #gathering = new Gathering();
  #writing: Writing | undefined;
  /** A write is wanted although nothing needs it: the first header, the last hint. */
  #due = false;
  #startDue = true;
  readonly #durability = new Durability();

  /** Full segments whose files are being closed. */
  #retiring = 0;
  /** Whom a failure before the first write is told, and the end of that write. */
  #begun: Done | undefined;
  #closed: Done | undefined;
  #phase: 'open' | 'closing' | 'closed' | 'failed' = 'open';

  private constructor(
    files: Files,
    options: LogOptions,
    { replica, start }: Pick<Recovered, 'replica' | 'start'>,
    recovery: Recovery,
  ) {
    assert.ok(options.segmentBytes % SECTOR_BYTES === 0, 'a segment has whole sectors');
    assert.ok(options.segmentBytes >= 8 * SECTOR_BYTES, 'a segment has room for more than its preamble');
    this.#options = options;
    this.#summary = new Summary(replica, start, recovery);
    this.#current = recovery.current;
    this.#end = recovery.end;
    this.#sequence = recovery.sequence;
    this.#supply = new SegmentSupply(files, options.segmentBytes, recovery, this.#onSupply);
    this.#index = recovery.index;
    const reader = new LogReader(files, recovery.index);
    this.#reader = reader;
    const removed = (bytes: number): void => this.#supply.removed(bytes);
    const trimming = { files, index: recovery.index, reader, removed, done: this.#onTrimmed };
    this.#trimmer = new LogTrimmer(trimming, recovery.full, recovery.trimmed);
  }

  /**
   * Reads what the directory holds; an empty one is formatted, as a replica that never was. Fails with
   * `Corruption`, with `FormatNotSupported`, or as the system does.
   */
  static open(
    files: Files,
    options: LogOptions,
    done: Done<{ readonly log: Log; readonly recovered: Recovered }>,
  ): void {
    recover(files, options.coveredThrough, (error, recovery) => {
      if (error !== undefined) return done(error, undefined as never);
      const replica = recovery.replica ?? options.drawReplicaId();
      const { cluster, promised, chosen, starts, entries, cutBytes } = recovery;
      const start = recovery.replica !== undefined && starts === 0 ? 0 : starts + 1;
      const recovered = { replica, cluster, promised, chosen, start, entries, cutBytes };
      const log = new Log(files, options, recovered, recovery);
      // The process may have ended before the log heard of a snapshot that it took over.
      if (recovery.skips) log.skipThrough(options.coveredThrough);
      log.#firstWrite((writeError) => done(writeError, { log, recovered }));
      if (recovery.replica === undefined) return;
      log.#supply.refill();
      log.#trimmer.remove();
    });
  }

  /**
   * There is no space for a further segment: the replica shall propose only what makes the data smaller, and call
   * `retrySpace`. What is left of the present segment is held back for that.
   */
  get full(): boolean {
    return this.#supply.shortage !== undefined;
  }

  /** It is full, and the present segment nearly so: what is left is for promises, which must not depend on deletes. */
  get exhausted(): boolean {
    if (!this.full) return false;
    const written = this.#writing?.batch.end ?? this.#end;
    const left = (this.#current?.bytes ?? 0) - written - this.#gathering.bytes;
    return left < this.#options.segmentBytes * RESERVED_SHARE;
  }

  /** What facts that are not on disk yet take of the memory. */
  get unwrittenBytes(): number {
    const { batch, gathered } = this.#writing ?? {};
    const records = this.#gathering.bytes + (batch === undefined ? 0 : batch.end - batch.writeStart);
    return records + (this.#gathering.count + (gathered?.facts.length ?? 0)) * FACT_BYTES;
  }

  /** Length of all segments, used or not. */
  get bytes(): number {
    return this.#supply.bytes;
  }

  get segments(): number {
    return this.#supply.segments;
  }

  /** The lowest slot whose entry is in the log; 0 when none is. */
  get firstSlot(): Slot {
    return this.#index.lowest;
  }

  /** Gathers a fact for the next write. */
  append(fact: Fact): void {
    assert.ok(this.#phase !== 'closing' && this.#phase !== 'closed', 'nothing is appended to a closed log');
    if (this.#gathering.add(fact)) this.#durability.given();
  }

  /**
   * Calls `done` when everything appended so far is on disk, after those that asked earlier: from within a
   * later `flush` when there is nothing to wait for. A chosen mark is not waited for.
   */
  whenDurable(done: () => void): void {
    this.#durability.wait(done);
  }

  /** Ends a turn of the driver: what has gathered is written now, or after the write under way. */
  flush(): void {
    this.#write();
    this.#callWaiters();
  }

  /**
   * The entries of consecutive slots from `from` on, the one written last for each: at least one, then as
   * many as have room in `bytesMax` bytes of records, none behind `through`. Only for slots that are
   * durable here. Fails with `Corruption` when a record has changed on disk, with `NotHeld` when the log holds no
   * entry for `from`.
   */
  read(from: Slot, through: Slot, bytesMax: number, done: Done<Entry[]>): void {
    assert.ok(this.#phase !== 'closing' && this.#phase !== 'closed', 'nothing is read from a closed log');
    this.#reader.read(from, through, bytesMax, (error, entries) => {
      // What was synced has changed: this disk must not stand for anything any more.
      if (error instanceof Corruption) this.#options.fatal(error);
      done(error, entries);
      this.#closeIfIdle();
    });
  }

  /**
   * A snapshot of everything up to `slot` is on disk for good: removes the oldest segments that say nothing above it,
   * as long as at least `bytesKept` are left for those who lag behind. In the background, after the next writes.
   */
  dropThrough(slot: Slot, bytesKept: number): void {
    if (this.#phase !== 'open') return;
    const trimmed = this.#trimmer.plan(slot, bytesKept, this.#end);
    if (trimmed === undefined) return;
    if (this.#gathering.add(trimmed)) this.#durability.given();
    this.whenDurable(() => this.#trimmer.remove());
    this.#write();
  }

  /**
   * A snapshot of everything up to `slot` stands for entries that this log never had: what it holds for these slots may have lost,
   * and is not read again (invariant SkippedIsUnread).
   */
  skipThrough(slot: Slot): void {
    this.#index.skipThrough(slot);
    if (this.#gathering.add({ kind: 'skipped', slot })) this.#durability.given();
  }

  /** From now on no older release will read this log: this start is the first that it counts. */
  countStarts(): void {
    if (this.#gathering.add({ kind: 'start', number: 1 })) this.#durability.given();
  }

  /** The log leaves so much of the disk free: see `SegmentSupply.heldBackBytes`. */
  holdBack(bytes: number): void {
    this.#supply.heldBackBytes = bytes;
  }

  /** Looks for space again, when the log is full. */
  retrySpace(): void {
    this.#supply.retry();
  }

  /** Writes what has gathered, if there is space, and lets go of the files. */
  close(done: Done): void {
    assert.ok(this.#phase === 'open' || this.#phase === 'failed', 'a log is closed once');
    this.#closed = done;
    if (this.#phase === 'open') this.#phase = 'closing';
    if (this.#gathering.hint > this.#summary.chosen) this.#due = true;
    this.#write();
    this.#closeIfIdle();
  }

  /** The header of an empty directory, and in any case which start this is. */
  #firstWrite(done: Done): void {
    if (this.#summary.startRecord() === undefined && this.#gathering.isEmpty) return done(undefined);
    this.#begun = done;
    this.#due = true;
    this.#write();
  }

  #write(): void {
    if (this.#writing !== undefined || this.#phase === 'failed' || this.#phase === 'closed') return;
    if (this.#gathering.isEmpty && !this.#due) return;
    const current = this.#current;
    const ownBytes = BATCH_RECORD_BYTES + (this.#startDue ? START_RECORD_BYTES : 0);
    const needed = batchStart(this.#end) + ownBytes + this.#gathering.bytes;
    if (current !== undefined && needed <= current.bytes) {
      this.#writeBatch(current, new Batch(current.number, this.#end));
      return;
    }
    const next = this.#supply.take(PREAMBLE_BYTES_MAX + this.#gathering.firstBytes);
    if (next !== undefined) this.#begin(next);
    else if (current !== undefined && this.full) this.#writeWhatFits(current);
  }

  /** There will be no other segment for a while: the first of what has gathered does not wait for the last. */
  #writeWhatFits(current: Segment): void {
    const room = current.bytes - batchStart(this.#end) - BATCH_RECORD_BYTES;
    const { firstBytes } = this.#gathering;
    if (firstBytes > 0 && firstBytes <= room) {
      this.#writeBatch(current, new Batch(current.number, this.#end));
    }
  }

  /** Goes on in the next segment. It begins with all that its predecessors say besides their entries. */
  #begin(segment: Segment): void {
    const { number } = segment;
    if (this.#current !== undefined) {
      this.#retire(this.#current);
      this.#trimmer.filled(this.#current);
    }
    this.#current = segment;
    const batch = new Batch(number, 0, this.#summary.header(number));
    this.#startDue = true;
    for (const record of this.#summary.records()) batch.add(record);
    this.#writeBatch(segment, batch);
    if (this.#phase === 'open') this.#supply.refill();
  }

  #writeBatch(segment: Segment, batch: Batch): void {
    const start = this.#startDue ? this.#summary.startRecord() : undefined;
    if (start !== undefined) batch.add(start);
    this.#startDue = false;
    const firstOffset = batch.end;
    const gathered = this.#gathering.take(segment.bytes - batch.end);
    for (const record of gathered.records) batch.add(record);
    for (const fact of gathered.facts) this.#summary.note(fact);
    // Only behind all facts given before it: a mark must never be on disk without the entries below it.
    const { hint } = this.#gathering;
    if (this.#gathering.isEmpty && hint > this.#summary.chosen) {
      const record = encodeRecord({ kind: 'chosen', slot: hint });
      if (batch.end + record.length <= segment.bytes) {
        batch.add(record);
        this.#summary.chosen = hint;
      }
    }
    batch.seal(this.#sequence);
    this.#sequence += 1;
    this.#due = false;
    this.#writing = { batch, segment, gathered, firstOffset };
    this.#options.onWrite?.();
    segment.file.write(batch.writeStart, batch.chunks, this.#onWritten);
  }

  readonly #onWritten = (error: Error | undefined): void => {
    if (error !== undefined) return this.#fail('a write', error);
    this.#writing?.segment.file.sync(this.#onSynced);
  };

  readonly #onSynced = (error: Error | undefined): void => {
    if (error !== undefined) return this.#fail('a sync', error);
    const writing = this.#writing;
    if (writing === undefined || this.#phase === 'failed') return;
    const { batch, segment, gathered } = writing;
    let offset = writing.firstOffset;
    for (let position = 0; position < gathered.facts.length; position += 1) {
      const fact = gathered.facts[position];
      const bytes = gathered.records[position]?.length ?? 0;
      if (fact?.kind === 'entry') this.#index.add(fact.entry.slot, segment.number, offset, bytes);
      offset += bytes;
    }
    this.#durability.written(gathered.facts.length);
    this.#end = batch.end;
    this.#writing = undefined;
    this.#options.onSynced?.(batch.end - batch.writeStart, gathered.facts.length);
    const begun = this.#begun;
    this.#begun = undefined;
    begun?.(undefined);
    // First the disk gets its work, then those that waited.
    this.#write();
    this.#callWaiters();
    this.#closeIfIdle();
  };

  #callWaiters(): void {
    if (this.#phase !== 'failed') this.#durability.call();
  }

  readonly #onSupply = (error: Error | undefined): void => {
    if (error !== undefined) return this.#fail('the preparation of a segment', error);
    this.#write();
    // A replica that can't even write that it has started does not start: its log is not merely full.
    const { shortage } = this.#supply;
    if (shortage !== undefined && this.#begun !== undefined && this.#writing === undefined) {
      return this.#fail('the preparation of a segment', shortage);
    }
    this.#closeIfIdle();
  };

  readonly #onTrimmed = (error: Error | undefined): void => {
    if (error !== undefined) return this.#fail('the removal of a segment', error);
    this.#closeIfIdle();
  };

  /** The segment is full, and all in it is synced. */
  #retire(segment: Segment): void {
    this.#retiring += 1;
    segment.file.close((error) => {
      this.#retiring -= 1;
      if (error !== undefined) return this.#fail('closing a segment', error);
      this.#closeIfIdle();
    });
  }

  #fail(what: string, cause: Error): void {
    if (this.#phase === 'failed') return this.#closeIfIdle();
    this.#phase = 'failed';
    const failure = new DiskFailure(`${what} of the log failed: ${cause.message}`, { cause });
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined) this.#options.fatal(failure);
    else begun(failure);
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    const closed = this.#closed;
    if (closed === undefined) return;
    if (this.#writing !== undefined && this.#phase !== 'failed') return;
    if (this.#supply.isBusy || this.#retiring > 0 || !this.#reader.isIdle || !this.#trimmer.isIdle) return;
    this.#closed = undefined;
    this.#phase = 'closed';
    this.#supply.close(this.#current, (error) => {
      if (error !== undefined) return closed(error);
      this.#reader.close(closed);
    });
  }
}

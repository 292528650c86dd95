/**
 * Removes the oldest segments, whole ones, when a snapshot holds what they say. A segment goes only if nothing in
 * it is of a slot above the snapshot's (invariant TrimmedIsCovered): an acceptance above it may be a vote. All else
 * that it says, the promise and the cluster, every later segment repeats in its preamble.
 *
 * First the log itself tells, on disk, what will be missing; then the files go, oldest first, each for good before
 * the next. So after a crash the segments that are left follow each other, and one that is missing without having been
 * announced is seen.
 */
import assert from 'node:assert/strict';
import type { Trimmed } from '../codec/record.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Done, Files } from './files.ts';
import type { LogReader } from './log-reader.ts';
import { segmentName } from './segment.ts';
import type { SlotIndex } from './slot-index.ts';

/** A segment that nothing is written into any more. */
export interface FullSegment {
  readonly number: number;
  readonly bytes: number;
}

export interface LogTrimmerOptions {
  readonly files: Files;
  readonly index: SlotIndex;
  readonly reader: LogReader;
  /** A file of so many bytes is gone. */
  readonly removed: (bytes: number) => void;
  /** All that was to be removed is, or the disk has failed. */
  readonly done: Done;
}

export class LogTrimmer {
  readonly #options: LogTrimmerOptions;
  /** Oldest first. */
  readonly #full: FullSegment[];
  /** What the log has announced last. */
  #trimmed: Trimmed;
  #phase: 'idle' | 'announcing' | 'removing' = 'idle';

  constructor(options: LogTrimmerOptions, full: readonly FullSegment[], trimmed: Trimmed) {
    this.#options = options;
    this.#full = [...full];
    this.#trimmed = trimmed;
  }

  /** False while files are being removed. An announcement that waits for its write keeps nobody. */
  get isIdle(): boolean {
    return this.#phase !== 'removing';
  }

  filled(segment: FullSegment): void {
    this.#full.push({ number: segment.number, bytes: segment.bytes });
  }

  /**
   * What to announce so that the segments with nothing above `slot` can go, as many of the oldest as leave at
   * least `bytesKept` (`currentBytes` of them in the segment in use). Undefined when there is none, or when others are
   * on their way out.
   */
  plan(slot: Slot, bytesKept: number, currentBytes: number): Trimmed | undefined {
    if (this.#phase !== 'idle') return undefined;
    let left = currentBytes;
    for (const { bytes } of this.#full) left += bytes;
    let planned: Trimmed | undefined;
    for (const { number, bytes } of this.#full) {
      left -= bytes;
      const highest = this.#options.index.highestThrough(number);
      if (left < bytesKept || highest > slot) break;
      planned = { kind: 'trimmed', segment: number, slot: Math.max(this.#trimmed.slot, highest) };
    }
    if (planned === undefined) return undefined;
    assert(planned.slot <= slot, 'TrimmedIsCovered: what is removed from the log is held by a snapshot');
    this.#trimmed = planned;
    this.#phase = 'announcing';
    return planned;
  }

  /** Removes what was announced; at a start, what a crash has left of it. */
  remove(): void {
    const { segment } = this.#trimmed;
    const oldest = this.#full[0];
    if (oldest === undefined || oldest.number > segment) return;
    this.#phase = 'removing';
    this.#options.reader.forgetThrough(segment, (error) => {
      if (error !== undefined) return this.#end(error);
      this.#removeNext();
    });
  }

  #removeNext(): void {
    const { files, removed } = this.#options;
    const oldest = this.#full[0];
    if (oldest === undefined || oldest.number > this.#trimmed.segment) return this.#end(undefined);
    files.unlink(segmentName(oldest.number), (unlinkError) => {
      if (unlinkError !== undefined) return this.#end(unlinkError);
      files.syncDirectory((syncError) => {
        if (syncError !== undefined) return this.#end(syncError);
        this.#full.shift();
        removed(oldest.bytes);
        this.#removeNext();
      });
    });
  }

  #end(error: Error | undefined): void {
    this.#phase = 'idle';
    this.#options.done(error);
  }
}

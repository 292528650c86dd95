/**
 * Keeps a spare segment ready, so that a write that needs a new one does not wait for megabytes of
 * zeros. Running out of space is no failure here: the supply is short until `retry` has found some.
 */
import { isOutOfSpace } from './failures.ts';
import type { Done, Files } from './files.ts';
import { roundUpToSector } from './sectors.ts';
import { extendSegment, prepareSegment, type Segment } from './segment.ts';

export class SegmentSupply {
  readonly #files: Files;
  readonly #segmentBytes: number;
  readonly #ready: Done;
  readonly #spares: Segment[];
  #lastNumber: number;
  #segments: number;
  #bytes: number;
  #busy = false;
  /** Length of the segment that is being made, or that there was no space for. */
  #wantedBytes = 0;
  #shortage: Error | undefined;

  /**
   * `spares` are what a recovery has found, of `segments` segments with `bytes` bytes in all, the last of
   * which has the number `lastNumber`. `ready`
   * is called whenever a preparation has ended: `take` may give more now. Its error is a failure of the disk.
   */
  constructor(
    files: Files,
    segmentBytes: number,
    found: {
      readonly spares: Segment[];
      readonly lastNumber: number;
      readonly segments: number;
      readonly bytes: number;
    },
    ready: Done,
  ) {
    this.#files = files;
    this.#segmentBytes = segmentBytes;
    this.#spares = found.spares;
    this.#lastNumber = found.lastNumber;
    this.#segments = found.segments;
    this.#bytes = found.bytes;
    this.#ready = ready;
  }

  /** Left free on the disk when a segment is made: room for one snapshot, without which no segment could ever go. */
  heldBackBytes = 0;

  /** Length of all segments, used ones and spares. */
  get bytes(): number {
    return this.#bytes;
  }

  get segments(): number {
    return this.#segments;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  /** Why there is no space for a further segment; undefined while there is. */
  get shortage(): Error | undefined {
    return this.#shortage;
  }

  /** At the end: closes the files of all spares, and before them that of the segment under way. */
  close(current: Segment | undefined, done: Done): void {
    const files = this.#spares.map((segment) => segment.file);
    if (current !== undefined) files.push(current.file);
    const closeNext = (error: Error | undefined): void => {
      const file = files.pop();
      if (error !== undefined || file === undefined) done(error);
      else file.close(closeNext);
    };
    closeNext(undefined);
  }

  /** A segment of at least `bytesNeeded`; when there is none yet, it is made, if there is space. */
  take(bytesNeeded: number): Segment | undefined {
    if (this.#busy || this.#shortage !== undefined) return undefined;
    const spare = this.#spares[0];
    if (spare !== undefined && bytesNeeded <= spare.bytes) return this.#spares.shift();
    this.#make(Math.max(this.#segmentBytes, roundUpToSector(bytesNeeded)));
    return undefined;
  }

  /** Begins to make a spare if there is none. */
  refill(): void {
    if (this.#busy || this.#shortage !== undefined || this.#spares.length > 0) return;
    this.#make(this.#segmentBytes);
  }

  /** A segment of so many bytes is gone. */
  removed(bytes: number): void {
    this.#segments -= 1;
    this.#bytes -= bytes;
  }

  /** Looks for space again, after a shortage. */
  retry(): void {
    if (this.#shortage !== undefined && !this.#busy) this.#make(this.#wantedBytes);
  }

  /** Makes a spare, or makes the one there is as long as is needed. */
  #make(bytes: number): void {
    this.#busy = true;
    this.#wantedBytes = bytes;
    if (this.heldBackBytes === 0) return this.#prepare(bytes);
    this.#files.freeBytes((error, free) => {
      if (error !== undefined) return this.#made(error, 0);
      const growth = bytes - (this.#spares[0]?.bytes ?? 0);
      if (free < growth + this.heldBackBytes) return this.#made(heldBack(), 0);
      this.#prepare(bytes);
    });
  }

  #prepare(bytes: number): void {
    const spare = this.#spares[0];
    if (spare !== undefined) {
      const bytesBefore = spare.bytes;
      extendSegment(spare, bytes, (error) => this.#made(error, bytes - bytesBefore));
      return;
    }
    prepareSegment(this.#files, this.#lastNumber + 1, bytes, (error, segment) => {
      if (error === undefined) {
        this.#spares.push(segment);
        this.#segments += 1;
        this.#lastNumber += 1;
      }
      this.#made(error, bytes);
    });
  }

  #made(error: Error | undefined, bytes: number): void {
    this.#busy = false;
    if (error === undefined) this.#bytes += bytes;
    const isShort = error !== undefined && isOutOfSpace(error);
    this.#shortage = isShort ? error : undefined;
    this.#ready(isShort ? undefined : error);
  }
}

function heldBack(): Error {
  return Object.assign(new Error('what is free on the disk is held back for a snapshot'), { code: 'ENOSPC' });
}

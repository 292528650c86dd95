/**
 * Reads entries back: for peers that catch up, and for the replay at a start. One request at a time,
 * stretch by stretch of the slot index, through a file handle of its own: operations on one handle
 * wait for each other, and no write shall wait for a read.
 */
import {
  BATCH_RECORD_BYTES,
  bodyLength,
  decodeRecord,
  isBatchRecord,
  isIntact,
  recordBytes,
} from '../codec/record.ts';
import { NodeError } from '../errors.ts';
import type { Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import { logCorruption, NotHeld } from './failures.ts';
import type { Done, File, Files } from './files.ts';
import { sectorEnd } from './sectors.ts';
import { segmentName } from './segment.ts';
import type { SlotIndex, Stretch } from './slot-index.ts';

/** Stretches held while a request is served: neighbours alternate where slots were written again. */
const HELD_MAX = 4;

interface Request {
  readonly through: Slot;
  readonly bytesMax: number;
  readonly done: Done<Entry[]>;
  readonly entries: Entry[];
  bytes: number;
  next: Slot;
  /** Only stretches older than this one are left to look for `next` in. */
  before: number | undefined;
  /** Stretches read for this request, by position. */
  readonly held: Map<number, HeldStretch>;
}

/** The entry written last for each slot. */
type HeldStretch = ReadonlyMap<Slot, Entry>;

export class LogReader {
  readonly #files: Files;
  readonly #index: SlotIndex;
  readonly #requests: Request[] = [];
  #forgetting: { readonly segment: number; readonly done: Done } | undefined;
  #open: { readonly segment: number; readonly file: File } | undefined;

  constructor(files: Files, index: SlotIndex) {
    this.#files = files;
    this.#index = index;
  }

  /** See `Log.read`. */
  read(from: Slot, through: Slot, bytesMax: number, done: Done<Entry[]>): void {
    this.#requests.push({
      through,
      bytesMax,
      done,
      entries: [],
      bytes: 0,
      next: from,
      before: undefined,
      held: new Map(),
    });
    if (this.#requests.length === 1 && this.#forgetting === undefined) this.#serveNext();
  }

  /** Forgets the segments up to `segment`: between two requests, and `done` is called when no file of them is open. */
  forgetThrough(segment: number, done: Done): void {
    const isIdle = this.#requests.length === 0;
    this.#forgetting = { segment, done };
    if (isIdle) this.#serveNext();
  }

  /** Closes the file that is open. No request may be under way. */
  close(done: Done): void {
    if (this.#open === undefined) return done(undefined);
    const { file } = this.#open;
    this.#open = undefined;
    file.close(done);
  }

  get isIdle(): boolean {
    return this.#requests.length === 0 && this.#forgetting === undefined;
  }

  #serveNext(): void {
    if (this.#forgetting !== undefined) return this.#forget(this.#forgetting);
    const request = this.#requests[0];
    if (request !== undefined) this.#serve(request);
  }

  #forget({ segment, done }: { readonly segment: number; readonly done: Done }): void {
    this.#index.forgetThrough(segment);
    const forgotten = (error: Error | undefined): void => {
      this.#forgetting = undefined;
      done(error);
      this.#serveNext();
    };
    if (this.#open === undefined || this.#open.segment > segment) return forgotten(undefined);
    this.close(forgotten);
  }

  #serve(request: Request): void {
    while (request.next <= request.through) {
      const position = this.#index.newest(request.next, request.before);
      const stretch = this.#index.stretch(position);
      if (stretch === undefined) return this.#notFound(request);
      const held = request.held.get(position);
      if (held === undefined) return this.#load(request, position, stretch);
      const entry = held.get(request.next);
      if (entry === undefined) {
        request.before = position;
        continue;
      }
      const bytes = entry.record?.length ?? 0;
      if (request.entries.length > 0 && request.bytes + bytes > request.bytesMax) break;
      request.entries.push(entry);
      request.bytes += bytes;
      request.next += 1;
      request.before = undefined;
    }
    this.#finish(request, undefined);
  }

  #notFound(request: Request): void {
    if (request.entries.length > 0) return this.#finish(request, undefined);
    this.#finish(request, new NotHeld(`the log holds no entry for slot ${request.next}`));
  }

  #load(request: Request, position: number, stretch: Stretch): void {
    const { segment, offset, end } = stretch;
    this.#openSegment(segment, (openError, file) => {
      if (openError !== undefined) return this.#finish(request, openError);
      file.read(offset, end - offset, (readError, image) => {
        if (readError !== undefined) return this.#finish(request, readError);
        let entries: Map<Slot, Entry>;
        try {
          entries = decodeStretch(image, segment, offset, end);
        } catch (error) {
          if (!(error instanceof NodeError)) throw error;
          return this.#finish(request, error);
        }
        const [oldest] = request.held.keys();
        if (request.held.size === HELD_MAX && oldest !== undefined) request.held.delete(oldest);
        request.held.set(position, entries);
        this.#serve(request);
      });
    });
  }

  #openSegment(segment: number, done: Done<File>): void {
    const open = this.#open;
    if (open?.segment === segment) return done(undefined, open.file);
    this.#open = undefined;
    const openNext = (closeError: Error | undefined): void => {
      if (closeError !== undefined) return done(closeError, undefined as never);
      this.#files.open(segmentName(segment), (error, file) => {
        if (error === undefined) this.#open = { segment, file };
        done(error, file);
      });
    };
    if (open === undefined) openNext(undefined);
    else open.file.close(openNext);
  }

  #finish(request: Request, error: Error | undefined): void {
    this.#requests.shift();
    this.#serveNext();
    request.done(error, request.entries);
  }
}

/** The entries among the records of a stretch, by slot; a later one replaces an earlier one. */
function decodeStretch(image: Uint8Array, segment: number, offset: number, end: number): Map<Slot, Entry> {
  const entries = new Map<Slot, Entry>();
  let at = 0;
  while (at < end - offset) {
    const sector = sectorEnd(offset + at) - offset;
    if (sector - at < BATCH_RECORD_BYTES && bodyLength(image, at) === 0 && isBatchRecord(image, sector)) {
      // No room for a batch record in the rest of its sector: see `batchStart`.
      at = sector;
    }
    if (!isIntact(image, at)) {
      throw logCorruption(segmentName(segment), offset + at, 'a damaged record was read back');
    }
    const record = decodeRecord(image, at);
    if (record.kind === 'entry') entries.set(record.entry.slot, record.entry);
    at += recordBytes(bodyLength(image, at));
  }
  return entries;
}

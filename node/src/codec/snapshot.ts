/**
 * Everything that applying depends on, at one slot, as bytes: the same on every replica that has applied the slot. The
 * same bytes serve a restart, a replica that lags too far behind, and a backup.
 *
 *     header · records … · deletions … · sessions … · end        each a chunk or several: `snapshot-chunk.ts`
 *
 * The kinds of chunks ascend. The end counts what came before it: chunks 6 · bytes 6 · items of all sections 6. Its
 * checksum is the checksum of the whole snapshot.
 *
 * Writing and reading go chunk by chunk, each a fraction of a millisecond, so that whoever drives them can let
 * others have the event loop in between.
 */
import { Corruption } from '../errors.ts';
import type { Store } from '../kv/store.ts';
import type { ViewContent } from '../kv/view.ts';
import { readUint48, writeUint48 } from './bytes.ts';
import {
  CHUNK_HEADER_BYTES,
  ChunkBuffer,
  ChunkReader,
  damageAt,
  sealChunk,
  type SnapshotChunk,
} from './snapshot-chunk.ts';
import { DeletionsWriter, KIND_DELETIONS, readDeletions } from './snapshot-deletions.ts';
import { decodeHeader, encodeHeader, KIND_HEADER, type SnapshotHeader } from './snapshot-header.ts';
import { KIND_RECORDS, readRecords, RecordsWriter } from './snapshot-records.ts';
import { KIND_SESSIONS, readSessions, SessionsWriter } from './snapshot-sessions.ts';
import { countOf, type SectionReader, type SectionWriter } from './snapshot-section.ts';

const KIND_END = 9;
/** The sum of the fields above. */
const END_BYTES = 18;

/** The sections of a snapshot, in their order. */
function sectionsOf(view: ViewContent): SectionWriter[] {
  return [new RecordsWriter(view), new DeletionsWriter(view.deletions), new SessionsWriter(view.sessions)];
}

const SECTION_READERS: ReadonlyMap<number, SectionReader> = new Map([
  [KIND_RECORDS, readRecords],
  [KIND_DELETIONS, readDeletions],
  [KIND_SESSIONS, readSessions],
]);

/** Yields a snapshot one chunk at a time. The view stays the caller's to close. */
export class SnapshotWriter {
  readonly #sections: SectionWriter[];
  readonly #buffer = new ChunkBuffer();
  #header: SnapshotHeader | undefined;
  #ended = false;
  #checksum = 0;
  #chunks = 0;
  #bytes = 0;
  #items = 0;

  /** `header.store` is the view's header, and the rest was taken in the same turn in which the view was opened. */
  constructor(header: SnapshotHeader, view: ViewContent) {
    this.#header = header;
    this.#sections = sectionsOf(view);
  }

  /** Bytes that have been yielded. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The next chunk, undefined after the last one. The bytes are good until the next call. It takes about 0.2 ms, and
   * longer only for a value that is itself longer than a chunk.
   */
  next(): Uint8Array | undefined {
    const chunk = this.#nextUnsealed();
    if (chunk === undefined) return undefined;
    this.#checksum = sealChunk(chunk, this.#checksum);
    this.#chunks += 1;
    this.#bytes += chunk.length;
    return chunk;
  }

  #nextUnsealed(): Buffer | undefined {
    if (this.#header !== undefined) {
      const chunk = encodeHeader(this.#header, this.#buffer);
      this.#header = undefined;
      return chunk;
    }
    for (let section = this.#sections[0]; section !== undefined; section = this.#sections[0]) {
      const chunk = section.next(this.#buffer);
      if (chunk !== undefined) {
        this.#items += countOf(chunk.subarray(CHUNK_HEADER_BYTES));
        return chunk;
      }
      this.#sections.shift();
    }
    if (this.#ended) return undefined;
    this.#ended = true;
    const chunk = this.#buffer.begin(KIND_END, END_BYTES);
    writeUint48(chunk, CHUNK_HEADER_BYTES, this.#chunks);
    writeUint48(chunk, CHUNK_HEADER_BYTES + 6, this.#bytes);
    writeUint48(chunk, CHUNK_HEADER_BYTES + 12, this.#items);
    return chunk;
  }
}

/** What a snapshot was found to hold. */
export interface SnapshotSummary {
  readonly header: SnapshotHeader;
  readonly bytes: number;
  readonly chunks: number;
  /** Records, deletions and whatever else the sections hold. */
  readonly items: number;
}

/**
 * Checks a snapshot without taking anything from it: what a received file needs before it is believed. It costs
 * little more than the checksums.
 */
export class SnapshotVerifier {
  readonly #chunks = new ChunkReader();
  #header: SnapshotHeader | undefined;
  #kind = 0;
  #count = 0;
  #items = 0;
  #records = 0;

  /** The header, as soon as it has come. */
  get header(): SnapshotHeader | undefined {
    return this.#header;
  }

  /** True when the end has come and everything before it is right. */
  get ended(): boolean {
    return this.#kind === KIND_END;
  }

  /** The next bytes, as many or few as there are. They must not change before `step` has returned false. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  /** Checks one chunk; false when it has not come as a whole. Throws `Corruption`. */
  step(): boolean {
    return this.next() !== undefined;
  }

  /** As `step`, and hands over the chunk. */
  next(): SnapshotChunk | undefined {
    if (this.ended) {
      this.#refuseMore();
      return undefined;
    }
    const chunk = this.#chunks.next();
    if (chunk !== undefined) inChunk(chunk, () => this.#check(chunk));
    return chunk;
  }

  /** To be called when all bytes were given and `step` has returned false. Throws `Corruption` unless the snapshot is whole. */
  finish(): SnapshotSummary {
    const { offset, pending } = this.#chunks;
    if (!this.ended) throw damageAt(offset + pending, 'it stops before its end');
    this.#refuseMore();
    const header = this.#header as SnapshotHeader;
    return { header, bytes: offset, chunks: this.#count, items: this.#items };
  }

  #refuseMore(): void {
    if (this.#chunks.pending > 0) throw damageAt(this.#chunks.offset, 'something follows the end');
  }

  #check(chunk: SnapshotChunk): void {
    const { kind, fields, offset } = chunk;
    if (this.#header === undefined) {
      if (kind !== KIND_HEADER) throw new Corruption(`a chunk of kind ${kind} instead of a header`);
      this.#header = decodeHeader(fields);
    } else if (kind === KIND_END) this.#checkEnd(fields, offset, this.#header);
    else if (kind === KIND_HEADER || kind < this.#kind) {
      throw new Corruption(`a chunk of kind ${kind} after one of kind ${this.#kind}`);
    } else if (!SECTION_READERS.has(kind)) throw new Corruption(`a chunk of the unknown kind ${kind}`);
    else {
      const count = countOf(fields);
      this.#items += count;
      if (kind === KIND_RECORDS) this.#records += count;
    }
    this.#kind = kind;
    this.#count += 1;
  }

  #checkEnd(fields: Buffer, offset: number, header: SnapshotHeader): void {
    if (fields.length !== END_BYTES) throw new Corruption(`an end of ${fields.length} bytes`);
    const told = [readUint48(fields, 0), readUint48(fields, 6), readUint48(fields, 12)];
    const found = [this.#count, offset, this.#items];
    if (told.some((value, index) => value !== found[index])) {
      throw new Corruption(
        `it ends with ${found.join(', ')} chunks, bytes and items instead of ${told.join(', ')}`,
      );
    }
    if (this.#records !== header.store.keys) {
      throw new Corruption(`it holds ${this.#records} records instead of ${header.store.keys}`);
    }
  }
}

/** Checks a snapshot and fills a new store with it. When it throws, the store is of no use. */
export class SnapshotReader {
  readonly #store: Store;
  readonly #verifier = new SnapshotVerifier();

  constructor(store: Store) {
    this.#store = store;
  }

  get header(): SnapshotHeader | undefined {
    return this.#verifier.header;
  }

  get ended(): boolean {
    return this.#verifier.ended;
  }

  /** As `SnapshotVerifier.push`. */
  push(bytes: Uint8Array): void {
    this.#verifier.push(bytes);
  }

  /** Takes over one chunk, in about a millisecond; false when it has not come as a whole. Throws `Corruption`. */
  step(): boolean {
    const chunk = this.#verifier.next();
    if (chunk === undefined) return false;
    const header = this.#verifier.header as SnapshotHeader;
    if (chunk.kind === KIND_HEADER) {
      this.#store.beginRestore(header.store);
      const newest = header.rulings.at(-1);
      if (newest !== undefined) this.#store.agreedVersion = newest.configuration.version;
    } else if (chunk.kind === KIND_END) this.#store.endRestore(header.store.keys);
    else {
      const read = SECTION_READERS.get(chunk.kind) as SectionReader;
      inChunk(chunk, () => read(chunk.fields, header, this.#store));
    }
    return true;
  }

  /** As `SnapshotVerifier.finish`. From now on the store is what it was when the snapshot was made. */
  finish(): SnapshotSummary {
    return this.#verifier.finish();
  }
}

/** Says where the damage is that `work` finds in a chunk. */
function inChunk(chunk: SnapshotChunk, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (!(cause instanceof Corruption)) throw cause;
    throw damageAt(chunk.offset, cause.message, { cause });
  }
}

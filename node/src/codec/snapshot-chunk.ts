/**
 * What every part of a snapshot lies in: a chunk, byte by byte. All integers are little-endian.
 *
 *     offset  bytes  field
 *     0       4      length of the body (kind byte and what follows it)
 *     4       4      CRC-32 of length and body, going on from the CRC-32 of the chunk before (the first from 0)
 *     8       1      kind
 *     9       …      fields of the kind
 *
 * Since the checksums are a chain, each speaks for everything before it: no chunk can be missing, doubled, moved or
 * taken from another snapshot without being noticed there and then.
 */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { Corruption } from '../errors.ts';
import { readUint32, writeUint32 } from './bytes.ts';

/** Length, checksum, kind. */
export const CHUNK_HEADER_BYTES = 9;
const LENGTH_AND_CHECKSUM_BYTES = 8;

/** A section begins a new chunk after this much: a fraction of a millisecond of work for who writes or reads it. */
export const CHUNK_FIELDS_BYTES = 64 * 1024;

/**
 * Longest body: a record is never divided, and its key and value, 8 MiB each at most, came in one frame of the
 * link. Whoever reads refuses more before it gathers it.
 */
export const CHUNK_BODY_BYTES_MAX = 32 * 1024 * 1024;

export interface SnapshotChunk {
  readonly kind: number;
  /** What follows the kind. A view of the bytes that were given, or of a copy. */
  readonly fields: Buffer;
  /** Where in the snapshot the chunk begins. */
  readonly offset: number;
}

/** Holds what a usual chunk needs: its fields reach `CHUNK_FIELDS_BYTES` with a last item that may pass them. */
const BUFFER_BYTES = 2 * CHUNK_FIELDS_BYTES;

/**
 * One piece of memory in which one chunk after the other is written. A buffer for each would make V8 collect the whole heap
 * every few hundred chunks, 20 ms each time at a million keys: measured, it doubled the time that a snapshot takes.
 */
export class ChunkBuffer {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  /** Room for a chunk, in place of the one before. The fields begin at `CHUNK_HEADER_BYTES`. */
  begin(kind: number, fieldsBytes: number): Buffer {
    const bodyBytes = 1 + fieldsBytes;
    assert(bodyBytes <= CHUNK_BODY_BYTES_MAX, 'chunk-fits: no key and value are longer than a chunk may be');
    const bytes = LENGTH_AND_CHECKSUM_BYTES + bodyBytes;
    const chunk = bytes <= BUFFER_BYTES ? this.#buffer.subarray(0, bytes) : Buffer.allocUnsafeSlow(bytes);
    writeUint32(chunk, 0, bodyBytes);
    chunk[LENGTH_AND_CHECKSUM_BYTES] = kind;
    return chunk;
  }
}

/** Writes the checksum into a chunk that is complete, and returns it: the next chunk goes on from it. */
export function sealChunk(chunk: Buffer, previousChecksum: number): number {
  const checksum = checksumOf(chunk, previousChecksum);
  writeUint32(chunk, 4, checksum);
  return checksum;
}

function checksumOf(chunk: Buffer, previousChecksum: number): number {
  return crc32(chunk.subarray(LENGTH_AND_CHECKSUM_BYTES), crc32(chunk.subarray(0, 4), previousChecksum));
}

export function damageAt(offset: number, what: string, options?: ErrorOptions): Corruption {
  return new Corruption(`a snapshot is damaged at byte ${offset}: ${what}`, options);
}

/**
 * Finds chunks in bytes that come in pieces of any length, and checks their checksums. A chunk that lies in one piece is
 * handed on where it is; of one that does not, the parts are gathered in memory that every such chunk uses.
 */
export class ChunkReader {
  /** The newest piece, of which nothing is used before `#used`. */
  #piece: Buffer = Buffer.alloc(0);
  #used = 0;
  /** The beginning of a chunk, from earlier pieces: its first `#gatheredBytes` bytes. */
  #gathered: Buffer = Buffer.alloc(0);
  #gatheredBytes = 0;
  #offset = 0;
  #checksum = 0;

  /** Where the next chunk begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that came and belong to no whole chunk yet. */
  get pending(): number {
    return this.#gatheredBytes + this.#piece.length - this.#used;
  }

  /** The bytes must not change before `next` has returned undefined, which must be before the next call. */
  push(bytes: Uint8Array): void {
    assert(this.#used === this.#piece.length, 'pieces-in-turn: a piece is used up before the next one comes');
    this.#piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#used = 0;
  }

  /** The next chunk, good until the next call; undefined when it has not come as a whole. Throws `Corruption`. */
  next(): SnapshotChunk | undefined {
    const head = this.#take(LENGTH_AND_CHECKSUM_BYTES);
    if (head === undefined) return undefined;
    const bodyBytes = readUint32(head, 0);
    if (bodyBytes === 0 || bodyBytes > CHUNK_BODY_BYTES_MAX) {
      throw damageAt(this.#offset, `a chunk of ${bodyBytes} bytes`);
    }
    const chunk = this.#take(LENGTH_AND_CHECKSUM_BYTES + bodyBytes);
    if (chunk === undefined) return undefined;
    const checksum = checksumOf(chunk, this.#checksum);
    if (checksum !== readUint32(chunk, 4)) throw damageAt(this.#offset, 'a chunk has a wrong checksum');
    this.#checksum = checksum;
    const offset = this.#offset;
    this.#offset += chunk.length;
    if (this.#gatheredBytes > 0) this.#gatheredBytes = 0;
    else this.#used += chunk.length;
    return { kind: chunk[8] as number, fields: chunk.subarray(CHUNK_HEADER_BYTES), offset };
  }

  /** The first `bytes` bytes that no chunk has used; undefined, and all of them gathered, when there are fewer. */
  #take(bytes: number): Buffer | undefined {
    if (this.#gatheredBytes === 0 && this.#piece.length - this.#used >= bytes) {
      return this.#piece.subarray(this.#used, this.#used + bytes);
    }
    if (this.#gathered.length < bytes) this.#growGathered(bytes);
    const missing = Math.max(0, bytes - this.#gatheredBytes);
    const end = Math.min(this.#piece.length, this.#used + missing);
    this.#piece.copy(this.#gathered, this.#gatheredBytes, this.#used, end);
    this.#gatheredBytes += end - this.#used;
    this.#used = end;
    return this.#gatheredBytes < bytes ? undefined : this.#gathered.subarray(0, bytes);
  }

  #growGathered(bytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, bytes));
    this.#gathered.copy(grown, 0, 0, this.#gatheredBytes);
    this.#gathered = grown;
  }
}

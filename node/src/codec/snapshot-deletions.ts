/**
 * When keys were deleted, bucket by bucket of `kv/deletions.ts`: of a bucket in use
 *
 *     hash 4 · newest revision 6 · revision of the newest other key 6
 *
 * The bucket is the low 16 bits of the hash.
 */
import { Corruption } from '../errors.ts';
import type { DeletionsImage } from '../kv/deletions.ts';
import type { Store } from '../kv/store.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from './bytes.ts';
import { CHUNK_FIELDS_BYTES, type ChunkBuffer } from './snapshot-chunk.ts';
import type { SnapshotHeader } from './snapshot-header.ts';
import {
  beginSectionChunk,
  COUNT_BYTES,
  countOf,
  ITEMS_OFFSET,
  type SectionWriter,
} from './snapshot-section.ts';

export const KIND_DELETIONS = 3;
/** The sum of the fields above. */
const DELETION_BYTES = 16;
const DELETIONS_PER_CHUNK = CHUNK_FIELDS_BYTES / DELETION_BYTES;

export class DeletionsWriter implements SectionWriter {
  readonly #image: DeletionsImage;
  #bucket = 0;

  constructor(image: DeletionsImage) {
    this.#image = image;
  }

  next(buffer: ChunkBuffer): Buffer | undefined {
    const { hashes, newest, others } = this.#image;
    const buckets: number[] = [];
    for (; this.#bucket < newest.length && buckets.length < DELETIONS_PER_CHUNK; this.#bucket += 1) {
      if (newest[this.#bucket] !== 0) buckets.push(this.#bucket);
    }
    if (buckets.length === 0) return undefined;
    const chunk = beginSectionChunk(buffer, KIND_DELETIONS, buckets.length, buckets.length * DELETION_BYTES);
    let offset = ITEMS_OFFSET;
    for (const bucket of buckets) {
      writeUint32(chunk, offset, hashes[bucket] as number);
      writeUint48(chunk, offset + 4, newest[bucket] as number);
      writeUint48(chunk, offset + 10, others[bucket] as number);
      offset += DELETION_BYTES;
    }
    return chunk;
  }
}

export function readDeletions(fields: Buffer, _header: SnapshotHeader, store: Store): void {
  const count = countOf(fields);
  if (fields.length !== COUNT_BYTES + count * DELETION_BYTES) {
    throw new Corruption(`a chunk of ${count} deletions has ${fields.length} bytes`);
  }
  for (let offset = COUNT_BYTES; offset < fields.length; offset += DELETION_BYTES) {
    const hash = readUint32(fields, offset) | 0;
    store.restoreDeletion(hash, readUint48(fields, offset + 4), readUint48(fields, offset + 10));
  }
}

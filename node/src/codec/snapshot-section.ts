/**
 * A part of a snapshot that consists of many items of one kind, in as many chunks as they need. The fields of each chunk
 * begin with the number of its items, so that a snapshot can be counted without being decoded.
 */
import { Corruption } from '../errors.ts';
import type { Store } from '../kv/store.ts';
import { readUint32, writeUint32 } from './bytes.ts';
import { CHUNK_HEADER_BYTES, type ChunkBuffer } from './snapshot-chunk.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

/** The sum of the fields above. */
export const COUNT_BYTES = 4;

/** Where the items of a chunk begin, seen from the chunk's start: behind the number of items. */
export const ITEMS_OFFSET = CHUNK_HEADER_BYTES + COUNT_BYTES;

/** Writes the section's chunks, not yet sealed, about `CHUNK_FIELDS_BYTES` at a time; undefined after the last. */
export interface SectionWriter {
  next(buffer: ChunkBuffer): Buffer | undefined;
}

/** Takes over one chunk's items into the store. `fields` begin with the number of items. Throws `Corruption`. */
export type SectionReader = (fields: Buffer, header: SnapshotHeader, store: Store) => void;

/** A chunk for `count` items of `itemsBytes` bytes together; they begin at `ITEMS_OFFSET`. */
export function beginSectionChunk(
  buffer: ChunkBuffer,
  kind: number,
  count: number,
  itemsBytes: number,
): Buffer {
  const chunk = buffer.begin(kind, COUNT_BYTES + itemsBytes);
  writeUint32(chunk, CHUNK_HEADER_BYTES, count);
  return chunk;
}

export function countOf(fields: Buffer): number {
  if (fields.length < COUNT_BYTES) throw new Corruption('a chunk does not say how much it holds');
  return readUint32(fields, 0);
}

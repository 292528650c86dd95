/**
 * The records of a snapshot, in the order of their keys.
 *
 *     key length 4 · value length 4 · create revision 6 · modify revision 6 · version 6 · create sequence 6 ·
 *     deadline ms 8, all bits of the double, 0 for none · key · value
 */
import { Corruption } from '../errors.ts';
import type { RecordImage } from '../kv/key-record.ts';
import type { Store } from '../kv/store.ts';
import type { ViewContent } from '../kv/view.ts';
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

export const KIND_RECORDS = 2;
/** The sum of the fields above. */
const RECORD_FIXED_BYTES = 40;

export class RecordsWriter implements SectionWriter {
  readonly #view: ViewContent;

  constructor(view: ViewContent) {
    this.#view = view;
  }

  next(buffer: ChunkBuffer): Buffer | undefined {
    const images: RecordImage[] = [];
    let bytes = 0;
    while (bytes < CHUNK_FIELDS_BYTES) {
      const image = this.#view.next();
      if (image === undefined) break;
      images.push(image);
      bytes += RECORD_FIXED_BYTES + image.key.length + image.value.length;
    }
    if (images.length === 0) return undefined;
    const chunk = beginSectionChunk(buffer, KIND_RECORDS, images.length, bytes);
    let offset = ITEMS_OFFSET;
    for (const image of images) offset = writeRecord(chunk, offset, image);
    return chunk;
  }
}

function writeRecord(target: Buffer, offset: number, image: RecordImage): number {
  const { key, value } = image;
  writeUint32(target, offset, key.length);
  writeUint32(target, offset + 4, value.length);
  writeUint48(target, offset + 8, image.createRevision);
  writeUint48(target, offset + 14, image.modifyRevision);
  writeUint48(target, offset + 20, image.version);
  writeUint48(target, offset + 26, image.createSequence);
  target.writeDoubleLE(image.expiresAtMs, offset + 32);
  const keyOffset = offset + RECORD_FIXED_BYTES;
  target.latin1Write(key, keyOffset);
  target.latin1Write(value, keyOffset + key.length);
  return keyOffset + key.length + value.length;
}

export function readRecords(fields: Buffer, header: SnapshotHeader, store: Store): void {
  const count = countOf(fields);
  let offset = COUNT_BYTES;
  for (let index = 0; index < count; index += 1) {
    const keyOffset = offset + RECORD_FIXED_BYTES;
    const valueOffset = keyOffset + readUint32(fields, offset);
    const end = valueOffset + readUint32(fields, offset + 4);
    if (end > fields.length) throw new Corruption(`record ${index} of a chunk does not end in it`);
    const image: RecordImage = {
      key: fields.latin1Slice(keyOffset, valueOffset),
      value: fields.latin1Slice(valueOffset, end),
      createRevision: readUint48(fields, offset + 8),
      modifyRevision: readUint48(fields, offset + 14),
      version: readUint48(fields, offset + 20),
      createSequence: readUint48(fields, offset + 26),
      expiresAtMs: fields.readDoubleLE(offset + 32),
    };
    if (!isPlausible(image, header))
      throw new Corruption(`record ${index} of a chunk contradicts the header`);
    store.restoreRecord(image);
    offset = end;
  }
  if (offset !== fields.length) throw new Corruption('a chunk of records holds more than its records');
}

function isPlausible(image: RecordImage, { store }: SnapshotHeader): boolean {
  return (
    image.createRevision <= image.modifyRevision &&
    image.modifyRevision <= store.revision &&
    image.createSequence <= store.createSequence &&
    image.expiresAtMs >= 0
  );
}

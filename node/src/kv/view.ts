/**
 * The whole store as it was at one moment, read at leisure while the store goes on changing: what a snapshot is
 * written from. Opening one is cheap at any size: the ordered index is cloned (its nodes are copied on
 * write), and from then on the store hands over a copy of each older record before its first change.
 * A deleted record needs none: nobody changes it any more, and the clone still holds it.
 */
import assert from 'node:assert/strict';
import type { DeletionsImage } from './deletions.ts';
import type { DigestState } from './digest.ts';
import type { GrowthBounds } from './growth.ts';
import { imageOf } from './key-record.ts';
import type { KeyRecord, RecordImage } from './key-record.ts';
import type { SessionImage } from './sessions.ts';

/** All of the state but the records, the deletions and the sessions. */
export interface StoreHeader {
  readonly revision: number;
  /** The creation sequence given last. */
  readonly createSequence: number;
  readonly digest: DigestState;
  /** The revision at which all keys were last deleted together; 0 for never. */
  readonly deletedAllAt: number;
  readonly growth: GrowthBounds;
  /** Number of records. */
  readonly keys: number;
}

/**
 * Copies lie in many small maps, because one large map stops the world whenever it doubles (0.1 s at a million
 * entries), and a long view of a busy store gathers that many. A power of two.
 */
const IMAGE_SHARDS = 256;

/** What is read from a view. */
export type ViewContent = Pick<View, 'header' | 'deletions' | 'sessions' | 'next'>;

export class View {
  readonly header: StoreHeader;
  readonly deletions: DeletionsImage;
  readonly sessions: readonly SessionImage[];
  readonly #onClose: (view: View) => void;
  /** Undefined when it has been read to its end, or is closed: then nothing of the old index is kept alive. */
  #entries: Iterator<[string, KeyRecord]> | undefined;
  /** Records that have changed since, as they were. */
  #images: Map<KeyRecord, RecordImage>[] = emptyShards();
  #lastKey: string | undefined;
  #closed = false;

  constructor(
    header: StoreHeader,
    deletions: DeletionsImage,
    sessions: readonly SessionImage[],
    entries: Iterator<[string, KeyRecord]>,
    onClose: (view: View) => void,
  ) {
    this.header = header;
    this.deletions = deletions;
    this.sessions = sessions;
    this.#entries = entries;
    this.#onClose = onClose;
  }

  /** The next record in key order, undefined after the last. What it returns never changes. */
  next(): RecordImage | undefined {
    const step = this.#entries?.next();
    if (step === undefined || step.done === true) {
      this.#entries = undefined;
      return undefined;
    }
    const record = step.value[1];
    this.#lastKey = record.key;
    if (record.modifyRevision <= this.header.revision) return imageOf(record);
    const images = this.#imagesOf(record);
    const image = images.get(record);
    assert(image !== undefined, 'view-keeps: a record changes only after open views have a copy');
    images.delete(record);
    return image;
  }

  /** The store calls this before it changes a record in place. */
  keep(record: KeyRecord): void {
    if (record.modifyRevision > this.header.revision || this.#entries === undefined) return;
    if (this.#lastKey !== undefined && record.key <= this.#lastKey) return;
    this.#imagesOf(record).set(record, imageOf(record));
  }

  /** Must be called by whoever opened the view, whether or not it was read to its end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#entries = undefined;
    this.#images = [];
    this.#onClose(this);
  }

  #imagesOf(record: KeyRecord): Map<KeyRecord, RecordImage> {
    return this.#images[record.createSequence & (IMAGE_SHARDS - 1)] as Map<KeyRecord, RecordImage>;
  }
}

function emptyShards(): Map<KeyRecord, RecordImage>[] {
  return Array.from({ length: IMAGE_SHARDS }, () => new Map<KeyRecord, RecordImage>());
}

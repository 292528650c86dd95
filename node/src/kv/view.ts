/**
 * The whole store as it was at one moment, read at leisure while the store goes on changing: what a snapshot is
 * written from. Opening one is cheap at any size: the ordered index is cloned (its nodes are copied on
 * write), and from then on the store hands over a copy of each older record before its first change.
 * A deleted record needs none: nobody changes it any more, and the clone still holds it.
 */
import type { DeletionsImage } from './deletions.ts';
import type { DigestState } from './digest.ts';
import type { GrowthBounds } from './growth.ts';
import { imageOf } from './key-record.ts';
import type { KeyRecord, RecordImage } from './key-record.ts';

/** All of the state but the records. */
export interface StoreHeader {
  readonly revision: number;
  /** The creation sequence given last. */
  readonly createSequence: number;
  readonly digest: DigestState;
  readonly deletions: DeletionsImage;
  readonly growth: GrowthBounds;
  /** Number of records that follow. */
  readonly keys: number;
}

export class View {
  readonly header: StoreHeader;
  readonly #entries: Iterator<[string, KeyRecord]>;
  readonly #onClose: (view: View) => void;
  /** Records that have changed since, as they were. */
  readonly #images = new Map<KeyRecord, RecordImage>();
  #lastKey: string | undefined;
  #closed = false;

  constructor(header: StoreHeader, entries: Iterator<[string, KeyRecord]>, onClose: (view: View) => void) {
    this.header = header;
    this.#entries = entries;
    this.#onClose = onClose;
  }

  /** The next record in key order, undefined after the last. What it returns never changes. */
  next(): RecordImage | undefined {
    if (this.#closed) return undefined;
    const step = this.#entries.next();
    if (step.done === true) return undefined;
    const record = step.value[1];
    this.#lastKey = record.key;
    const image = this.#images.get(record);
    if (image === undefined) return imageOf(record);
    this.#images.delete(record);
    return image;
  }

  /** The store calls this before it changes a record in place. */
  keep(record: KeyRecord): void {
    if (record.modifyRevision > this.header.revision) return;
    if (this.#lastKey !== undefined && record.key <= this.#lastKey) return;
    this.#images.set(record, imageOf(record));
  }

  /** Must be called by whoever opened the view, whether or not it was read to its end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#images.clear();
    this.#onClose(this);
  }
}

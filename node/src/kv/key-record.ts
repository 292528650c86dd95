/** What the store holds for one key. */

/** A record as it was at one moment: it never changes. Keys and values are latin1, one byte per character. */
export interface RecordImage {
  readonly key: string;
  readonly value: string;
  /** The store's revision when the key was created, and when anything about it last changed. */
  readonly createRevision: number;
  readonly modifyRevision: number;
  /** Changes since creation, which counts as the first. */
  readonly version: number;
  /**
   * Deadline in milliseconds since 1970, 0 for none. As in Redis it may come near 2^63, where a double is
   * exact to about a second; a codec must keep all 64 bits of the double.
   */
  readonly expiresAtMs: number;
  /** Place in the order of creation: unique, and kept for as long as the key is present. */
  readonly createSequence: number;
}

/**
 * The live record. It is one object from creation to deletion, changed in place: the point index, the ordered
 * index, the creation order and the expiry heap all hold this object, so an overwrite touches none of them.
 * Only the store changes it, after it has given open views a copy.
 */
export class KeyRecord implements RecordImage {
  readonly key: string;
  value: string;
  readonly createRevision: number;
  modifyRevision: number;
  version: number;
  expiresAtMs: number;
  readonly createSequence: number;
  /** Position in the expiry heap, −1 while it is not there. Only the heap changes it. */
  heapIndex = -1;

  constructor(
    key: string,
    value: string,
    createRevision: number,
    modifyRevision: number,
    version: number,
    expiresAtMs: number,
    createSequence: number,
  ) {
    this.key = key;
    this.value = value;
    this.createRevision = createRevision;
    this.modifyRevision = modifyRevision;
    this.version = version;
    this.expiresAtMs = expiresAtMs;
    this.createSequence = createSequence;
  }
}

export function imageOf(record: RecordImage): RecordImage {
  return {
    key: record.key,
    value: record.value,
    createRevision: record.createRevision,
    modifyRevision: record.modifyRevision,
    version: record.version,
    expiresAtMs: record.expiresAtMs,
    createSequence: record.createSequence,
  };
}

export function recordOf(image: RecordImage): KeyRecord {
  const { key, value, createRevision, modifyRevision, version, expiresAtMs, createSequence } = image;
  return new KeyRecord(key, value, createRevision, modifyRevision, version, expiresAtMs, createSequence);
}

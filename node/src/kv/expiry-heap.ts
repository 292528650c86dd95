/**
 * The records that have a deadline, the next one due on top: a binary heap by (deadline, key). The key breaks ties, so
 * that every replica expires in the same order. Each record knows its position, so that one whose
 * deadline changes or goes is moved or removed at once: nothing stale piles up.
 */
import type { KeyRecord } from './key-record.ts';

export class ExpiryHeap {
  #records: KeyRecord[] = [];

  /** The record that is due first. */
  get first(): KeyRecord | undefined {
    return this.#records[0];
  }

  get size(): number {
    return this.#records.length;
  }

  /** Puts a record at its right place, newly or after its deadline changed. Its deadline is not 0. */
  place(record: KeyRecord): void {
    if (record.heapIndex < 0) {
      record.heapIndex = this.#records.length;
      this.#records.push(record);
    }
    this.#rise(record);
    this.#sink(record);
  }

  /** Does nothing to a record that is not there. */
  remove(record: KeyRecord): void {
    const hole = record.heapIndex;
    if (hole < 0) return;
    record.heapIndex = -1;
    const last = this.#records.pop() as KeyRecord;
    if (last === record) return;
    this.#put(last, hole);
    this.#rise(last);
    this.#sink(last);
  }

  clear(): void {
    this.#records = [];
  }

  #rise(record: KeyRecord): void {
    let index = record.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = this.#records[parentIndex] as KeyRecord;
      if (!isDueBefore(record, parent)) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(record, index);
  }

  #sink(record: KeyRecord): void {
    let index = record.heapIndex;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#records[childIndex];
      if (child === undefined) break;
      const right = this.#records[childIndex + 1];
      if (right !== undefined && isDueBefore(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (!isDueBefore(child, record)) break;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(record, index);
  }

  #put(record: KeyRecord, index: number): void {
    this.#records[index] = record;
    record.heapIndex = index;
  }
}

function isDueBefore(left: KeyRecord, right: KeyRecord): boolean {
  if (left.expiresAtMs !== right.expiresAtMs) return left.expiresAtMs < right.expiresAtMs;
  return left.key < right.key;
}

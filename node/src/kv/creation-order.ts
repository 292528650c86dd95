/**
 * All records in order of their creation, for `SCAN` and `RANDOMKEY`.
 *
 * A scan walks downward from the newest record, and its cursor is the creation sequence of the last one it
 * visited. So a scan needs no state at a server and works on any replica, ends although keys are being created (they
 * come in above it), and meets every key that is present throughout, because an overwrite keeps the sequence.
 *
 * Records lie in blocks that are never long: appending and removing stay cheap at any size, without a compaction
 * that would stop the world. What is answered depends on the records alone, never on how they fell into
 * blocks: two replicas, one of them restored from a snapshot, answer alike.
 */
import assert from 'node:assert/strict';
import type { KeyRecord } from './key-record.ts';

/** Removing shifts half a block on average (0.1 µs at this length); the list of blocks is searched by halving. */
const BLOCK_RECORDS_MAX = 512;

export class CreationOrder {
  #blocks: KeyRecord[][] = [];

  /** The record's sequence must be above all others. */
  append(record: KeyRecord): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || last.length >= BLOCK_RECORDS_MAX) this.#blocks.push([record]);
    else last.push(record);
  }

  /** Puts a record at its place, wherever that is: restoring meets them in another order. */
  insert(record: KeyRecord): void {
    const sequence = record.createSequence;
    const blockIndex = Math.max(0, this.#blockBelow(sequence));
    const block = this.#blocks[blockIndex];
    if (block === undefined) return this.append(record);
    const position = countBelow(block, sequence);
    assert(
      block[position]?.createSequence !== sequence,
      'creation-is-unique: no two keys have the same creation sequence',
    );
    if (position === block.length && blockIndex === this.#blocks.length - 1) return this.append(record);
    block.splice(position, 0, record);
    if (block.length > BLOCK_RECORDS_MAX) {
      this.#blocks.splice(blockIndex + 1, 0, block.splice(block.length >>> 1));
    }
  }

  /** The record must be there. */
  remove(record: KeyRecord): void {
    const blockIndex = this.#blockBelow(record.createSequence + 1);
    const block = this.#blocks[blockIndex] as KeyRecord[];
    block.splice(countBelow(block, record.createSequence), 1);
    if (block.length === 0) this.#blocks.splice(blockIndex, 1);
    else if (block.length < BLOCK_RECORDS_MAX / 4) this.#joinWithNext(blockIndex);
  }

  /** Up to `count` records with a sequence below `sequence`, newest first. */
  below(sequence: number, count: number): KeyRecord[] {
    const found: KeyRecord[] = [];
    for (let blockIndex = this.#blockBelow(sequence); blockIndex >= 0; blockIndex -= 1) {
      const block = this.#blocks[blockIndex] as KeyRecord[];
      for (let index = countBelow(block, sequence) - 1; index >= 0; index -= 1) {
        if (found.length >= count) return found;
        found.push(block[index] as KeyRecord);
      }
    }
    return found;
  }

  /** The record at a position, 0 being the oldest; undefined past the end. */
  at(position: number): KeyRecord | undefined {
    let left = position;
    for (const block of this.#blocks) {
      if (left < block.length) return block[left];
      left -= block.length;
    }
    return undefined;
  }

  clear(): void {
    this.#blocks = [];
  }

  /** The last block that begins below `sequence`, −1 when there is none. */
  #blockBelow(sequence: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = (this.#blocks[middle] as KeyRecord[])[0] as KeyRecord;
      if (first.createSequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #joinWithNext(blockIndex: number): void {
    const block = this.#blocks[blockIndex] as KeyRecord[];
    const next = this.#blocks[blockIndex + 1];
    if (next === undefined || block.length + next.length > BLOCK_RECORDS_MAX) return;
    this.#blocks.splice(blockIndex, 2, block.concat(next));
  }
}

/** How many of a block's records have a sequence below `sequence`. */
function countBelow(block: readonly KeyRecord[], sequence: number): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] as KeyRecord).createSequence < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

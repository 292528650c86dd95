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

/**
 * Two lists in step. The sequences lie beside the records because a search that looked into each record would miss
 * the processor's cache each time: this way it takes half the time.
 */
interface Block {
  readonly records: KeyRecord[];
  readonly sequences: number[];
}

export class CreationOrder {
  #blocks: Block[] = [];

  /** The record's sequence must be above all others. */
  append(record: KeyRecord): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || last.records.length >= BLOCK_RECORDS_MAX) {
      this.#blocks.push({ records: [record], sequences: [record.createSequence] });
      return;
    }
    last.records.push(record);
    last.sequences.push(record.createSequence);
  }

  /** Puts a record at its place, wherever that is: restoring meets them in another order. */
  insert(record: KeyRecord): void {
    const sequence = record.createSequence;
    const blockIndex = this.#blockBelow(sequence);
    const block = this.#blocks[Math.max(0, blockIndex)];
    if (block === undefined) return this.append(record);
    const position = countBelow(block, sequence);
    assert(
      block.sequences[position] !== sequence,
      'creation-is-unique: no two keys have the same creation sequence',
    );
    if (position === block.records.length && blockIndex === this.#blocks.length - 1) {
      return this.append(record);
    }
    block.records.splice(position, 0, record);
    block.sequences.splice(position, 0, sequence);
    if (block.records.length > BLOCK_RECORDS_MAX) this.#divide(Math.max(0, blockIndex));
  }

  /** The record must be there. */
  remove(record: KeyRecord): void {
    const blockIndex = this.#blockBelow(record.createSequence + 1);
    const block = this.#blocks[blockIndex] as Block;
    const position = countBelow(block, record.createSequence);
    block.records.splice(position, 1);
    block.sequences.splice(position, 1);
    if (block.records.length === 0) this.#blocks.splice(blockIndex, 1);
    else if (block.records.length < BLOCK_RECORDS_MAX / 4) this.#joinWithNext(blockIndex);
  }

  /** Up to `count` records with a sequence below `sequence`, newest first. */
  below(sequence: number, count: number): KeyRecord[] {
    const found: KeyRecord[] = [];
    for (let blockIndex = this.#blockBelow(sequence); blockIndex >= 0; blockIndex -= 1) {
      const block = this.#blocks[blockIndex] as Block;
      for (let index = countBelow(block, sequence) - 1; index >= 0; index -= 1) {
        if (found.length >= count) return found;
        found.push(block.records[index] as KeyRecord);
      }
    }
    return found;
  }

  /** The record at a position, 0 being the oldest; undefined past the end. */
  at(position: number): KeyRecord | undefined {
    let left = position;
    for (const { records } of this.#blocks) {
      if (left < records.length) return records[left];
      left -= records.length;
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
      if (((this.#blocks[middle] as Block).sequences[0] as number) < sequence) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #divide(blockIndex: number): void {
    const { records, sequences } = this.#blocks[blockIndex] as Block;
    const middle = records.length >>> 1;
    const right = { records: records.splice(middle), sequences: sequences.splice(middle) };
    this.#blocks.splice(blockIndex + 1, 0, right);
  }

  #joinWithNext(blockIndex: number): void {
    const block = this.#blocks[blockIndex] as Block;
    const next = this.#blocks[blockIndex + 1];
    if (next === undefined || block.records.length + next.records.length > BLOCK_RECORDS_MAX) return;
    const joined = {
      records: block.records.concat(next.records),
      sequences: block.sequences.concat(next.sequences),
    };
    this.#blocks.splice(blockIndex, 2, joined);
  }
}

/** How many of a block's records have a sequence below `sequence`. */
function countBelow({ sequences }: Block, sequence: number): number {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences[middle] as number) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Finds a record by its key. One V8 `Map` ends at 2^24 entries, and long before that it stops the world whenever
 * it doubles (0.1 s and more at a million entries). Many small maps double one at a time, each in a millisecond or two.
 */
import { keyHash } from './key-hash.ts';
import type { KeyRecord } from './key-record.ts';

/** Ten million keys are then 40,000 per map. A power of two: the shard is the hash's low bits. */
const SHARDS = 256;

export class PointIndex {
  #shards: Map<string, KeyRecord>[] = emptyShards();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): KeyRecord | undefined {
    return this.#shard(key).get(key);
  }

  /** The key must not be there yet. */
  add(record: KeyRecord): void {
    this.#shard(record.key).set(record.key, record);
    this.#size += 1;
  }

  /** The key must be there. */
  remove(key: string): void {
    this.#shard(key).delete(key);
    this.#size -= 1;
  }

  clear(): void {
    this.#shards = emptyShards();
    this.#size = 0;
  }

  #shard(key: string): Map<string, KeyRecord> {
    return this.#shards[keyHash(key) & (SHARDS - 1)] as Map<string, KeyRecord>;
  }
}

function emptyShards(): Map<string, KeyRecord>[] {
  return Array.from({ length: SHARDS }, () => new Map<string, KeyRecord>());
}

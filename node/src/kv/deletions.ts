/**
 * Remembers when keys were deleted, for `WATCH`: a key that was absent when it was watched, and is absent now, may
 * have been created and deleted in between, and then `EXEC` must fail.
 *
 * The history is a table of fixed size, so it costs the same for ever. A bucket holds the hash and the revision of the
 * last deletion that fell into it, and the newest revision at which a deletion of any other key did. It never forgets
 * a deletion; it may take another key's for this one's, when two other keys of the same bucket went while the watch
 * lasted (one in 10^8 for ten deletions). `EXEC` then answers nil without need, as it may: clients try again.
 *
 * It is part of the state, and of every snapshot: replicas must agree on which transactions fail.
 */

/** 1.3 MB. Twice as many would halve the chance of a needless failure twice over. A power of two. */
const BUCKETS = 65_536;

export interface DeletionsImage {
  /** Revision at which all keys were last deleted together. */
  readonly allAt: number;
  /** Four numbers for each bucket in use: bucket, hash, newest revision, revision of the newest other key. */
  readonly buckets: Float64Array;
}

export class Deletions {
  #allAt = 0;
  readonly #hashes = new Int32Array(BUCKETS);
  readonly #newest = new Float64Array(BUCKETS);
  readonly #others = new Float64Array(BUCKETS);

  /** Revisions never fall. */
  add(hash: number, revision: number): void {
    const bucket = hash & (BUCKETS - 1);
    if (this.#hashes[bucket] !== hash) {
      this.#others[bucket] = this.#newest[bucket] as number;
      this.#hashes[bucket] = hash;
    }
    this.#newest[bucket] = revision;
  }

  /** What the table holds from before stays: it says no more than this does. */
  addAll(revision: number): void {
    this.#allAt = revision;
  }

  /** Whether the key with this hash may have been deleted after a revision: never wrong when it says no. */
  mayFollow(hash: number, revision: number): boolean {
    if (this.#allAt > revision) return true;
    const bucket = hash & (BUCKETS - 1);
    if ((this.#others[bucket] as number) > revision) return true;
    return this.#hashes[bucket] === hash && (this.#newest[bucket] as number) > revision;
  }

  image(): DeletionsImage {
    let used = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) if (this.#newest[bucket] !== 0) used += 1;
    const buckets = new Float64Array(4 * used);
    let offset = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      if (this.#newest[bucket] === 0) continue;
      buckets[offset] = bucket;
      buckets[offset + 1] = this.#hashes[bucket] as number;
      buckets[offset + 2] = this.#newest[bucket] as number;
      buckets[offset + 3] = this.#others[bucket] as number;
      offset += 4;
    }
    return { allAt: this.#allAt, buckets };
  }

  /** Takes over an image; this table must be new. */
  restore(image: DeletionsImage): void {
    this.#allAt = image.allAt;
    for (let index = 0; index + 3 < image.buckets.length; index += 4) {
      const bucket = image.buckets[index] as number;
      this.#hashes[bucket] = image.buckets[index + 1] as number;
      this.#newest[bucket] = image.buckets[index + 2] as number;
      this.#others[bucket] = image.buckets[index + 3] as number;
    }
  }
}

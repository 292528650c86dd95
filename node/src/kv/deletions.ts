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

/** The table as it was at one moment: copies, bucket by bucket. A bucket whose `newest` is 0 is not in use. */
export interface DeletionsImage {
  readonly hashes: Int32Array;
  readonly newest: Float64Array;
  readonly others: Float64Array;
}

export class Deletions {
  #allAt = 0;
  readonly #hashes = new Int32Array(BUCKETS);
  readonly #newest = new Float64Array(BUCKETS);
  readonly #others = new Float64Array(BUCKETS);

  /** The revision at which all keys were last deleted together; 0 for never. */
  get allAt(): number {
    return this.#allAt;
  }

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

  /** Three copies of memory (a fraction of a millisecond), so that it may be taken in the middle of everything. */
  image(): DeletionsImage {
    return { hashes: this.#hashes.slice(), newest: this.#newest.slice(), others: this.#others.slice() };
  }

  /** The hash says which bucket it is. For a new table, like all that restores. */
  restore(hash: number, newest: number, others: number): void {
    const bucket = hash & (BUCKETS - 1);
    this.#hashes[bucket] = hash;
    this.#newest[bucket] = newest;
    this.#others[bucket] = others;
  }

  restoreAllAt(revision: number): void {
    this.#allAt = revision;
  }
}

/**
 * Who hears of each change of the store, as it is made: what watches are fed from. The store calls with what it holds anyway,
 * so that a change costs nothing more while nobody listens, and no object while somebody does.
 */
import type { KeyRecord } from './key-record.ts';
import type { Store } from './store.ts';

/** Called in the middle of a command: a listener keeps what it needs, and does not touch the store. */
export interface ChangeListener {
  /**
   * A key was created, or its value or deadline has changed, at the revision `record.modifyRevision`. `previous` is its value
   * before, undefined when it was absent. The record is live: what is to be kept must be copied.
   */
  put(record: KeyRecord, previous: string | undefined): void;
  /** A key was deleted, or has expired. The record is as it was before. */
  removed(record: KeyRecord, revision: number, expired: boolean): void;
  /** Every key was deleted at once. One call, however many they were: a flush must not stall the replica. */
  cleared(revision: number): void;
}

/** Who wants to hear of the changes of whatever store a replica has: of a new one, too, that a snapshot was restored into. */
export interface StoreFollower {
  /** The store is complete, and the listener's history begins at its revision. */
  follow(store: Store): void;
}

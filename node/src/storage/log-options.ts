/** What a log is opened with, and what it is found to hold. */
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';

export interface LogOptions {
  /** Length of a segment, in whole sectors; only a longer record gets a longer one. */
  readonly segmentBytes: number;
  /** A complete snapshot on the same disk holds everything up to this slot; 0 when there is none. */
  readonly coveredThrough: Slot;
  /** Called once, when an empty directory is formatted. */
  readonly drawReplicaId: () => ReplicaId;
  /** The disk has failed: the process has to end. Nothing is written or completed any more. */
  readonly fatal: (error: Error) => void;
  /** A write begins; `onSynced` tells of its end, with its bytes and the facts in it. */
  readonly onWrite?: () => void;
  readonly onSynced?: (bytes: number, records: number) => void;
}

/** What a replica knew when it ended. */
export interface Recovered {
  readonly replica: ReplicaId;
  /** The cluster that it has joined, if any. */
  readonly cluster: string | undefined;
  /** The highest ballot promised by a `promise` fact: an entry above may be of a higher one. */
  readonly promised: Ballot;
  /** Every slot up to here is known chosen. */
  readonly chosen: Slot;
  /**
   * How often the replica has been started, this time included. It is on disk before anybody hears of it. 0 where an older release
   * has begun the log, which can't read such a count: see `countStarts`.
   */
  readonly start: number;
  /** Those above `chosen`, by slot; the one written last for each. */
  readonly entries: readonly Entry[];
  /** Bytes that a write reached which was never synced, and that were cut from the log's end. */
  readonly cutBytes: number;
}

/** What a replica is made of: its parts, already built, and the seams to the world. */
import type { StoreFollower } from '../kv/change-listener.ts';
import type { Links } from '../link/links.ts';
import type { Observer } from '../observe/events.ts';
import type { Restored } from '../paxos/acceptor.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Addresses } from '../paxos/configuration.ts';
import type { Timing } from '../paxos/timing.ts';
import type { Log } from '../storage/log.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import type { Applier } from './applier.ts';
import type { Requests } from './requests.ts';
import type { SnapshotSizes } from './snapshot-keeper.ts';

/** Time as this replica's machine tells it, in milliseconds. */
export interface Clock {
  /** Never goes back; its zero means nothing. */
  nowMs(): number;
  /** Since 1970, as people set it. */
  clockMs(): number;
}

export interface ReplicaOptions {
  readonly self: ReplicaId;
  /** Where others reach this replica. */
  readonly addresses: Addresses;
  /** See `FellowshipOptions`. */
  readonly start: number;
  readonly process: number;
  readonly cluster: string | undefined;
  readonly log: Log;
  readonly snapshots: Snapshots;
  /** Bytes of the entries that were replayed behind the newest snapshot. */
  readonly replayedBytes: number;
  /** The disk has failed: the process has to end. */
  readonly fatal: (error: Error) => void;
  readonly applier: Applier;
  readonly requests: Requests;
  readonly restored: Restored;
  readonly links: Links;
  readonly clock: Clock;
  readonly random: () => number;
  /** Runs a turn soon, after what has arrived already: `setImmediate`. */
  readonly defer: (turn: () => void) => void;
  /** Calls `resume` when heavy work may go on: at once, or when others have had the processor. */
  readonly rest: (resume: () => void) => void;
  readonly observe: Observer;
  /** Hears of every change from now on, and of a state that takes the place of the one before: what is replayed is the past. */
  readonly follower?: StoreFollower;
  readonly timing: Timing;
  /** See `LeaderOptions`. */
  readonly lease: boolean;
  /** See `ProposerOptions`. */
  readonly batchEagerBytes?: number;
  /** See `PaxosOptions`. */
  readonly windowBytes?: number;
  /** `SNAPSHOT_SIZES` unless given. */
  readonly snapshotSizes?: SnapshotSizes;
}

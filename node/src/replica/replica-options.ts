/** What a replica is made of: its parts, already built, and the seams to the world. */
import type { StoreFollower } from '../kv/change-listener.ts';
import type { Links } from '../link/links.ts';
import type { Restored } from '../paxos/acceptor.ts';
import type { Addresses } from '../paxos/configuration.ts';
import type { Timing } from '../paxos/timing.ts';
import type { Log } from '../storage/log.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import type { Applier } from './applier.ts';
import type { ProposerOptions } from './proposer.ts';
import type { Requests } from './requests.ts';
import type { SnapshotSizes } from './snapshot-keeper.ts';

/** Time as this replica's machine tells it, in milliseconds. */
export interface Clock {
  /** Never goes back; its zero means nothing. */
  nowMs(): number;
  /** Since 1970, as people set it. */
  clockMs(): number;
}

export interface ReplicaOptions extends ProposerOptions {
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
  readonly random: () => number;
  /** Runs a turn soon, after what has arrived already: `setImmediate`. */
  readonly defer: (turn: () => void) => void;
  /** Calls `resume` when heavy work may go on: at once, or when others have had the processor. */
  readonly rest: (resume: () => void) => void;
  /** Hears of every change from now on, and of a state that takes the place of the one before: what is replayed is the past. */
  readonly follower?: StoreFollower;
  readonly timing: Timing;
  /** See `LeaderOptions`. */
  readonly lease: boolean;
  /** `APPLY_WORK_MAX` unless given: the simulator's load is small, and shall take several turns too. */
  readonly applyWorkMax?: number;
  /** See `DiskBacklog`. */
  readonly unwrittenBytesMax?: number;
  /** See `PaxosOptions`. */
  readonly windowBytes?: number;
  /** `SNAPSHOT_SIZES` unless given. */
  readonly snapshotSizes?: SnapshotSizes;
}

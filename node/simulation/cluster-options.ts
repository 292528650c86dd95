/** What a cluster of a run is like: limits far smaller than real ones, so that a run of seconds comes to all of them. */
import { SESSION_BYTES, SESSION_LIMITS, type SessionLimits } from '../src/kv/session-limits.ts';
import { type Timing, TIMING } from '../src/paxos/timing.ts';
import { VERSION, VERSION_OLDEST } from '../src/paxos/version.ts';
import type { SnapshotSizes } from '../src/replica/snapshot-keeper.ts';
import { WATCH_LIMITS, type WatchLimits } from '../src/watch/limits.ts';
import type { Random } from './random.ts';

/** A cluster that was founded by an older release is raised when the last of its programs is replaced. */
const VERSION_CHOICES = [VERSION_OLDEST, VERSION, VERSION];
/** Small, so that a run hits the window's end now and then. */
const ALPHA_CHOICES = [2, 4, 16, 256];
/** From "always" to what a real replica has, which the load of a run never reaches: one batch at a time. */
const BATCH_EAGER_BYTES_CHOICES = [1, 1, 200, 64 * 1024];
/** Changes that a hub remembers, and lets wait: from so few that watchers come too late all the time to what a real one has. */
const HISTORY_EVENTS_CHOICES = [10, 50, WATCH_LIMITS.historyEventsMax];
const HISTORY_BYTES = 1024 * 1024;
/** Keys and values of one revision that a history takes: so few that some transactions are over it, or as in production. */
const REVISION_BYTES_CHOICES = [50, WATCH_LIMITS.revisionBytesMax, WATCH_LIMITS.revisionBytesMax];
const QUEUE_EVENTS_CHOICES = [3, 20, WATCH_LIMITS.queueEventsMax];
/** From "one slot in each turn" to what the load of a run never reaches. */
const APPLY_WORK_CHOICES = [1, 2, 2_500];
/** From a slot or two to what the load of a run never reaches. */
const UNWRITTEN_BYTES_CHOICES = [300, 5_000, 64 * 1024 * 1024];
/** None, or so little that a handful of keys use it up. */
const DATA_QUOTA_CHOICES = [undefined, undefined, undefined, 2_000, 3_000];
/** Small, so that a run of seconds crosses many borders of segments, and some batches are larger than one. */
const SEGMENT_BYTES_CHOICES = [4 * 1024, 4 * 1024, 8 * 1024, 32 * 1024];
/** From nothing, so that whoever lags at all must fetch, to what a real replica has. */
const WINDOW_BYTES_CHOICES = [0, 0, 2_000, 16 * 1024 * 1024];
/** From one snapshot every few slots, all replicas busy with them, to a handful in a run. */
const SNAPSHOT_EVERY_CHOICES = [500, 2_000, 8_000, 32_000];
/** From none at all, so that whoever lags needs a snapshot, to more than a run writes. */
const LOG_RETAINED_CHOICES = [0, 0, 0, 8_000, 1_000_000];
/** A snapshot of a run has a few kilobytes: a piece, or many. */
const SNAPSHOT_PIECE_CHOICES = [200, 1_000, 100_000];
/** Small, so that sessions in use are evicted, by number or by size, and replies are too long to be kept. */
const SESSION_LIMITS_CHOICES: readonly SessionLimits[] = [
  SESSION_LIMITS,
  { ...SESSION_LIMITS, sessionsMax: 3 },
  { ...SESSION_LIMITS, sessionsMax: 4, replyBytesMax: 24 },
  { sessionsMax: 100, bytesMax: 4 * SESSION_BYTES, replyBytesMax: 2 * SESSION_BYTES },
];

/** Share of runs in which leaders answer reads by a lease. */
const LEASE_SHARE = 0.35;
/**
 * What a real replica has, and one whose lease outlasts everything else: others would lead at once, and the old leader
 * would not step down for long, so that only the lease stands between the two.
 */
const LONG_LEASE: Timing = {
  heartbeatMs: 50,
  electionMinMs: 300,
  electionMaxMs: 3_500,
  repeatMs: 200,
  leaseMs: 2_000,
};
const LEASE_TIMINGS: readonly Timing[] = [TIMING, LONG_LEASE, LONG_LEASE];

export interface ClusterOptions {
  /** The version that its founders know. */
  readonly version: number;
  readonly alpha: number;
  readonly segmentBytes: number;
  readonly timing: Timing;
  /** Leaders answer reads by a lease. */
  readonly lease: boolean;
  /** Of what size a batch must be to leave while another is in flight. */
  readonly batchEagerBytes: number;
  readonly watchLimits: WatchLimits;
  /** Of most machines: see `drawSnapshotSizes`. */
  readonly snapshotSizes: SnapshotSizes;
  /** How much of the applied log a replica keeps in memory. */
  readonly windowBytes: number;
  /** How many sessions there may be, small as a rule. */
  readonly sessionLimits: SessionLimits;
  /** How much is applied in one turn. */
  readonly applyWorkMax: number;
  /** What may wait for a disk: little as a rule, since what is written here is. */
  readonly unwrittenBytesMax: number;
  readonly dataQuotaBytes: number | undefined;
}

export function drawClusterOptions(random: Random): ClusterOptions {
  const lease = random.chance(LEASE_SHARE);
  return {
    version: random.pick(VERSION_CHOICES),
    alpha: random.pick(ALPHA_CHOICES),
    segmentBytes: random.pick(SEGMENT_BYTES_CHOICES),
    timing: lease ? random.pick(LEASE_TIMINGS) : TIMING,
    lease,
    batchEagerBytes: random.pick(BATCH_EAGER_BYTES_CHOICES),
    watchLimits: {
      ...WATCH_LIMITS,
      historyEventsMax: random.pick(HISTORY_EVENTS_CHOICES),
      // Small chunks: a run has hundreds of hubs, one for each life of each replica.
      historyBytesMax: HISTORY_BYTES,
      queueEventsMax: random.pick(QUEUE_EVENTS_CHOICES),
      revisionBytesMax: random.pick(REVISION_BYTES_CHOICES),
    },
    snapshotSizes: {
      everyBytes: random.pick(SNAPSHOT_EVERY_CHOICES),
      logRetainedBytes: random.pick(LOG_RETAINED_CHOICES),
      pieceBytes: random.pick(SNAPSHOT_PIECE_CHOICES),
    },
    windowBytes: random.pick(WINDOW_BYTES_CHOICES),
    sessionLimits: random.pick(SESSION_LIMITS_CHOICES),
    applyWorkMax: random.pick(APPLY_WORK_CHOICES),
    dataQuotaBytes: random.pick(DATA_QUOTA_CHOICES),
    unwrittenBytesMax: random.pick(UNWRITTEN_BYTES_CHOICES),
  };
}

/**
 * Of one machine. Some differ from the others: whoever keeps much of its log, and lagged behind those that keep nothing, has entries
 * that were never chosen.
 */
export function drawSnapshotSizes(random: Random, { snapshotSizes }: ClusterOptions): SnapshotSizes {
  if (random.chance(0.5)) return snapshotSizes;
  return { ...snapshotSizes, logRetainedBytes: random.pick(LOG_RETAINED_CHOICES) };
}

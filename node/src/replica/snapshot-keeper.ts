/**
 * Everything that a replica does with snapshots: it takes them, lets the log go that they stand for, hands them out to
 * peers that lag behind, and takes one over when it is itself the one that lags.
 *
 *     applied ──► taker ──► file ──► the log's oldest segments go
 *                            │
 *     fetch of what is gone ─┴─► server ──offer, pieces──► fetcher of a peer ──► file ──► state, core
 */
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import type { SnapshotMessage } from '../codec/snapshot-message.ts';
import type { Store } from '../kv/store.ts';
import type { Observer } from '../observe/events.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import { DiskFailure, isOutOfSpace } from '../storage/failures.ts';
import type { Done } from '../storage/files.ts';
import type { Log } from '../storage/log.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import type { Applier } from './applier.ts';
import { LOG_RETAINED_BYTES, SNAPSHOT_EVERY_BYTES_MIN, SNAPSHOT_PIECE_BYTES } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { Clock } from './replica-options.ts';
import { SnapshotFetcher } from './snapshot-fetcher.ts';
import { SnapshotServer } from './snapshot-server.ts';
import { SnapshotTaker } from './snapshot-taker.ts';

/** The simulator's are tiny, so that snapshots are taken and needed all the time. */
export interface SnapshotSizes {
  /** The log grows at least by so much between two snapshots. */
  readonly everyBytes: number;
  /** So much of the log stays for peers that lag a little, although a snapshot stands for it. */
  readonly logRetainedBytes: number;
  /** What a peer asks for at a time. */
  readonly pieceBytes: number;
}

export const SNAPSHOT_SIZES: SnapshotSizes = {
  everyBytes: SNAPSHOT_EVERY_BYTES_MIN,
  logRetainedBytes: LOG_RETAINED_BYTES,
  pieceBytes: SNAPSHOT_PIECE_BYTES,
};

/** What those that deal with snapshots need of the replica. */
export interface SnapshotParts {
  readonly self: ReplicaId;
  readonly log: Pick<Log, 'full' | 'holdBack'>;
  readonly snapshots: Snapshots;
  readonly applier: Applier;
  readonly core: Paxos;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly rest: (resume: () => void) => void;
  readonly defer: (run: () => void) => void;
  readonly cluster: () => string | undefined;
  /** A file of a snapshot could not be read or written: tells of a full disk, and ends the process otherwise. */
  readonly failed: (what: string, error: Error) => void;
}

export interface SnapshotKeeperOptions extends Omit<SnapshotParts, 'failed'> {
  readonly log: Log;
  readonly sizes: SnapshotSizes;
  /** What the log is ahead of the newest snapshot at the start. */
  readonly grownBytes: number;
  readonly fatal: (error: Error) => void;
  /** A snapshot further than what is chosen here is on disk for good: takes over its state. */
  readonly install: (header: SnapshotHeader, store: Store) => void;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #taker: SnapshotTaker;
  readonly #server: SnapshotServer;
  readonly #fetcher: SnapshotFetcher;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    const parts: SnapshotParts = { ...options, failed: this.#failed };
    const { sizes } = options;
    this.#taker = new SnapshotTaker(parts, sizes.everyBytes, options.grownBytes, () => this.#compact());
    this.#server = new SnapshotServer(parts, sizes.pieceBytes);
    this.#fetcher = new SnapshotFetcher(parts, sizes.pieceBytes, (header, store) => {
      // Before anybody can be told that these slots are chosen here.
      options.log.skipThrough(header.applier.applied);
      options.install(header, store);
      this.#taker.skipped();
      this.#compact();
    });
  }

  /** An entry of so many bytes has been applied. */
  grown(bytes: number): void {
    this.#taker.grown(bytes);
  }

  /** See `SnapshotTaker.request`. */
  request(done: Done<Slot>): void {
    this.#taker.request(done);
  }

  /** At the end of every turn. */
  endTurn(nowMs: number): void {
    this.#taker.takeIfDue(nowMs);
    this.#fetcher.repeat(nowMs);
  }

  take(peer: ReplicaId, message: SnapshotMessage): void {
    if (message.kind === 'snapshotFetch') this.#server.serve(peer, message);
    else if (message.kind === 'snapshotOffer') this.#fetcher.offered(peer, message);
    else this.#fetcher.arrived(peer, message);
  }

  /** See `SnapshotServer.offer`. */
  offer(peer: ReplicaId, from: Slot): boolean {
    return this.#server.offer(peer, from);
  }

  close(): void {
    this.#taker.close();
    this.#fetcher.close();
  }

  /** The newest snapshot is on disk for good: what it stands for may go. */
  #compact(): void {
    const { log, sizes, snapshots } = this.#options;
    const newest = snapshots.newest?.slot ?? 0;
    const held = this.#server.heldSlot();
    // A replica that lags a little has a snapshot to catch up by; one without space can't go on at all.
    const retainedBytes = log.full ? 0 : sizes.logRetainedBytes;
    // Whoever takes an older snapshot from here goes on with the log behind that one.
    log.dropThrough(Math.min(newest, held ?? newest), retainedBytes);
    snapshots.removeOlder(held, (error) => {
      if (error !== undefined) this.#failed('removing a snapshot', error);
    });
  }

  readonly #failed = (what: string, error: Error): void => {
    if (isOutOfSpace(error)) {
      this.#options.observe({
        kind: 'notice',
        name: 'no-space',
        text: `no space for ${what}: ${error.message}`,
      });
      return;
    }
    this.#options.fatal(new DiskFailure(`${what} failed: ${error.message}`, { cause: error }));
  };
}

/**
 * Takes over a snapshot from a peer, when this replica has fallen behind all logs. One at a time: pieces are asked
 * for, a few at once, and written where they belong. The whole is then read back, checked and made into a new store; only
 * then does the file get the name of a snapshot, and only when that is on disk does the replica go on from it. Until
 * that moment the old state stands, whatever ends the process.
 *
 * Whoever sends it may be lost: another member's snapshot of the same slot has the same bytes, and what has come
 * stays, even over a restart. A newer one is begun only when nobody has the one under way any more.
 */
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import type { SnapshotOffer, SnapshotPiece } from '../codec/snapshot-message.ts';
import { Corruption } from '../errors.ts';
import type { Store } from '../kv/store.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import type { SnapshotPart } from '../storage/snapshot-part.ts';
import {
  SNAPSHOT_GIVE_UP_MS,
  SNAPSHOT_PIECES_IN_FLIGHT_MAX,
  SNAPSHOT_REPEAT_MS,
  SNAPSHOT_SPACE_RETRY_MS,
} from './limits.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';
import { restoreSnapshot, type RestoredSnapshot } from './snapshot-restore.ts';

interface Piece {
  readonly length: number;
  askedAtMs: number;
  isBeingWritten: boolean;
}

interface Fetching {
  readonly source: ReplicaId;
  readonly slot: Slot;
  readonly bytes: number;
  readonly startedAtMs: number;
  /** Undefined until the file is open. */
  part: SnapshotPart | undefined;
  /** Everything before it is asked for, or was there already. */
  next: number;
  /** By offset, ascending: asked for, and not yet written. */
  readonly pieces: Map<number, Piece>;
  progressAtMs: number;
  /** Nothing more is asked for: all of it has come, or it failed. */
  isOver: boolean;
}

export class SnapshotFetcher {
  readonly #parts: SnapshotParts;
  readonly #pieceBytes: number;
  readonly #install: (header: SnapshotHeader, store: Store) => void;
  #fetching: Fetching | undefined;
  #notBeforeMs = 0;
  #closed = false;

  constructor(
    parts: SnapshotParts,
    pieceBytes: number,
    install: (header: SnapshotHeader, store: Store) => void,
  ) {
    this.#parts = parts;
    this.#pieceBytes = pieceBytes;
    this.#install = install;
  }

  /** A peer has no entries any more for where this replica is, and a snapshot instead. */
  offered(peer: ReplicaId, { slot, bytes }: SnapshotOffer): void {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#fetching !== undefined || !this.#isWanted(slot) || nowMs < this.#notBeforeMs) return;
    const fetching: Fetching = {
      source: peer,
      slot,
      bytes,
      startedAtMs: nowMs,
      part: undefined,
      next: 0,
      pieces: new Map(),
      progressAtMs: nowMs,
      isOver: false,
    };
    this.#fetching = fetching;
    this.#parts.snapshots.receive(slot, (error, part) => {
      if (error !== undefined) return this.#failed(fetching, error);
      fetching.part = part;
      fetching.next = this.#resumeAt(part.bytes, bytes);
      this.#askOn(fetching);
    });
  }

  arrived(peer: ReplicaId, { slot, offset, bytes }: SnapshotPiece): void {
    const fetching = this.#fetching;
    if (fetching?.part === undefined || fetching.isOver) return;
    if (fetching.slot !== slot || fetching.source !== peer) return;
    if (bytes.length === 0) return this.#giveUp(fetching, 'it does not have it any more');
    const piece = fetching.pieces.get(offset);
    if (piece === undefined || piece.isBeingWritten || piece.length !== bytes.length) return;
    piece.isBeingWritten = true;
    fetching.part.write(offset, bytes, (error) => {
      if (this.#fetching !== fetching || fetching.isOver) return;
      if (error !== undefined) return this.#failed(fetching, error);
      fetching.pieces.delete(offset);
      fetching.progressAtMs = this.#parts.clock.nowMs();
      this.#parts.rest(() => this.#askOn(fetching));
    });
  }

  /** With every turn: asks again for what has not come, and gives up when nothing comes. */
  repeat(nowMs: number): void {
    const fetching = this.#fetching;
    if (fetching?.part === undefined || fetching.isOver) return;
    if (nowMs - fetching.progressAtMs > SNAPSHOT_GIVE_UP_MS) return this.#giveUp(fetching, 'it is silent');
    for (const [offset, piece] of fetching.pieces) {
      if (piece.isBeingWritten || nowMs - piece.askedAtMs < SNAPSHOT_REPEAT_MS) continue;
      piece.askedAtMs = nowMs;
      this.#ask(fetching, offset, piece.length);
    }
  }

  close(): void {
    this.#closed = true;
    this.#fetching = undefined;
  }

  /** A leader proposes again what it lacks; and nobody goes back. */
  #isWanted(slot: Slot): boolean {
    const { core, snapshots } = this.#parts;
    return slot > core.chosen && slot > (snapshots.newest?.slot ?? 0) && core.role !== 'leader';
  }

  /** Behind its last pieces a part that was left may have holes, and what was not synced. */
  #resumeAt(bytesThere: number, bytes: number): number {
    if (bytesThere > bytes) return 0;
    const pieces = Math.floor(bytesThere / this.#pieceBytes) - SNAPSHOT_PIECES_IN_FLIGHT_MAX;
    return Math.max(0, pieces) * this.#pieceBytes;
  }

  #askOn(fetching: Fetching): void {
    if (this.#fetching !== fetching || fetching.isOver) return;
    if (fetching.next >= fetching.bytes && fetching.pieces.size === 0) return this.#complete(fetching);
    const [oldest] = fetching.pieces.keys();
    // So that all behind the last few pieces has come: see `#resumeAt`.
    const bound = (oldest ?? fetching.next) + SNAPSHOT_PIECES_IN_FLIGHT_MAX * this.#pieceBytes;
    const end = Math.min(fetching.bytes, bound);
    while (fetching.next < end) {
      const length = Math.min(this.#pieceBytes, fetching.bytes - fetching.next);
      const askedAtMs = this.#parts.clock.nowMs();
      fetching.pieces.set(fetching.next, { length, askedAtMs, isBeingWritten: false });
      this.#ask(fetching, fetching.next, length);
      fetching.next += length;
    }
  }

  #ask({ source, slot }: Fetching, offset: number, length: number): void {
    this.#parts.outbox.send(source, { kind: 'snapshotFetch', slot, offset, length });
  }

  #complete(fetching: Fetching): void {
    const { part } = fetching;
    if (part === undefined) return;
    fetching.isOver = true;
    const read: SnapshotPart['read'] = (offset, length, done) => part.read(offset, length, done);
    restoreSnapshot(read, this.#parts.rest, (error, restored) => {
      if (this.#fetching !== fetching) return;
      if (error !== undefined && !(error instanceof Corruption)) return this.#failed(fetching, error);
      const fault = error?.message ?? this.#faultOf(fetching, restored.header);
      if (fault !== undefined) return this.#discard(fetching, part, fault);
      if (!this.#isWanted(fetching.slot)) return this.#discard(fetching, part, 'it is not needed any more');
      this.#publish(fetching, part, restored);
    });
  }

  #faultOf(fetching: Fetching, { cluster, applier }: SnapshotHeader): string | undefined {
    if (cluster !== this.#parts.cluster()) return `it belongs to cluster ${cluster}`;
    return applier.applied === fetching.slot ? undefined : `it is of slot ${applier.applied}`;
  }

  #publish(fetching: Fetching, part: SnapshotPart, { header, store }: RestoredSnapshot): void {
    const { clock, core, observe, snapshots } = this.#parts;
    const { slot, bytes, startedAtMs } = fetching;
    snapshots.publish(part, (error) => {
      if (this.#closed) return;
      this.#fetching = undefined;
      if (error !== undefined) {
        this.#notBeforeMs = clock.nowMs() + SNAPSHOT_SPACE_RETRY_MS;
        return this.#parts.failed('a snapshot of a peer', error);
      }
      // Elected meanwhile, or caught up from a log: the file is a snapshot like any other, and stays one.
      if (slot <= core.chosen || core.role === 'leader') return;
      this.#install(header, store);
      observe({ kind: 'snapshotInstalled', slot, bytes, durationMs: clock.nowMs() - startedAtMs });
    });
  }

  #discard(fetching: Fetching, part: SnapshotPart, why: string): void {
    const text = `the snapshot at slot ${fetching.slot} that a peer has sent is dropped: ${why}`;
    this.#parts.observe({ kind: 'notice', text });
    this.#parts.snapshots.discard(part, (error) => {
      this.#fetching = undefined;
      if (error !== undefined) this.#parts.failed('a snapshot of a peer', error);
    });
  }

  /** What has come stays on disk: the next offer of the same snapshot, whoever's it is, goes on with it. */
  #giveUp(fetching: Fetching, why: string): void {
    const text = `the snapshot at slot ${fetching.slot} comes no further, its sender is given up: ${why}`;
    this.#parts.observe({ kind: 'notice', text });
    this.#fetching = undefined;
    fetching.part?.close((error) => {
      if (error !== undefined) this.#parts.failed('a snapshot of a peer', error);
    });
  }

  #failed(fetching: Fetching, error: Error): void {
    const { clock, failed, snapshots } = this.#parts;
    fetching.isOver = true;
    failed('a snapshot of a peer', error);
    this.#notBeforeMs = clock.nowMs() + SNAPSHOT_SPACE_RETRY_MS;
    const discarded = (discardError: Error | undefined): void => {
      this.#fetching = undefined;
      if (discardError !== undefined) failed('a snapshot of a peer', discardError);
    };
    if (fetching.part === undefined) discarded(undefined);
    else snapshots.discard(fetching.part, discarded);
  }
}

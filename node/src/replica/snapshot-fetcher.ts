/**
 * Takes over a snapshot from a peer, when this replica has fallen behind all logs. One at a time: pieces are asked
 * for, a few at once, and each is written where it belongs while, in their order, they are checked and made part of a new store.
 *
 *     asked for ──► arrived ──► written, in any order ──┐
 *                         └───► restored, in order ─────┴─► forgotten: the next one is asked for
 *
 * When all of it is there and right, the file gets the name of a snapshot, and only when that is on disk does the replica go on
 * from the new store. Until that moment the old state stands, whatever ends the process.
 *
 * Whoever sends it may be lost: another member's snapshot of the same slot has the same bytes, and what has come
 * stays, even over a restart; it is then restored from the file. A newer one is begun only when nobody has the one under way any more.
 */
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import type { SnapshotOffer, SnapshotPiece } from '../codec/snapshot-message.ts';
import type { Store } from '../kv/store.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import type { SnapshotPart } from '../storage/snapshot-part.ts';
import {
  RESTORE_BYTES,
  SNAPSHOT_GIVE_UP_MS,
  SNAPSHOT_PIECES_IN_FLIGHT_MAX,
  SNAPSHOT_REPEAT_MS,
  SNAPSHOT_SPACE_RETRY_MS,
} from './limits.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';
import { type RestoredSnapshot, SnapshotRestore } from './snapshot-restore.ts';

interface Piece {
  readonly length: number;
  askedAtMs: number;
  /** When it has come. */
  bytes: Uint8Array | undefined;
  isWritten: boolean;
  isRestored: boolean;
}

interface Fetching {
  readonly source: ReplicaId;
  readonly slot: Slot;
  readonly bytes: number;
  readonly startedAtMs: number;
  readonly restore: SnapshotRestore;
  /** A step of it is under way. */
  isRestoring: boolean;
  /** Undefined until the file is open. */
  part: SnapshotPart | undefined;
  /** Everything before it was in the file when this began. */
  resumedAt: number;
  /** Everything before it is asked for, or was there already. */
  next: number;
  /** By offset, ascending: asked for, and not yet both written and restored. */
  readonly pieces: Map<number, Piece>;
  progressAtMs: number;
  /** Nothing more is asked for: all of it has come, or it failed. */
  isOver: boolean;
}

export class SnapshotFetcher {
  readonly #parts: SnapshotParts;
  readonly #pieceBytes: number;
  readonly #install: (header: SnapshotHeader, store: Store) => void;
  readonly #readBuffer = new Uint8Array(RESTORE_BYTES);
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
      restore: new SnapshotRestore(this.#parts.applier.store.emptyOne()),
      isRestoring: false,
      part: undefined,
      resumedAt: 0,
      next: 0,
      pieces: new Map(),
      progressAtMs: nowMs,
      isOver: false,
    };
    this.#fetching = fetching;
    this.#parts.snapshots.receive(slot, (error, part) => {
      if (error !== undefined) return this.#failed(fetching, error);
      fetching.part = part;
      fetching.resumedAt = this.#resumeAt(part.bytes, bytes);
      fetching.next = fetching.resumedAt;
      this.#goOn(fetching);
    });
  }

  arrived(peer: ReplicaId, { slot, offset, bytes }: SnapshotPiece): void {
    const fetching = this.#fetching;
    if (fetching?.part === undefined || fetching.isOver) return;
    if (fetching.slot !== slot || fetching.source !== peer) return;
    if (bytes.length === 0) return this.#giveUp(fetching, 'it does not have it any more');
    const piece = fetching.pieces.get(offset);
    if (piece === undefined || piece.bytes !== undefined || piece.length !== bytes.length) return;
    piece.bytes = bytes;
    fetching.progressAtMs = this.#parts.clock.nowMs();
    fetching.part.write(offset, bytes, (error) => {
      if (error !== undefined) return this.#failed(fetching, error);
      piece.isWritten = true;
      this.#goOn(fetching);
    });
    this.#restoreOn(fetching);
  }

  /** With every turn: asks again for what has not come, and gives up when nothing comes. */
  repeat(nowMs: number): void {
    const fetching = this.#fetching;
    if (fetching?.part === undefined || fetching.isOver) return;
    for (const [offset, piece] of fetching.pieces) {
      const hasCome = piece.bytes !== undefined;
      if (!hasCome && nowMs - fetching.progressAtMs > SNAPSHOT_GIVE_UP_MS) {
        return this.#giveUp(fetching, 'it is silent');
      }
      // One that has come is asked for only so that the sender does not take this replica for gone.
      const sinceMs = hasCome ? piece.askedAtMs : Math.max(piece.askedAtMs, fetching.progressAtMs);
      if (nowMs - sinceMs < (hasCome ? SNAPSHOT_GIVE_UP_MS : SNAPSHOT_REPEAT_MS)) continue;
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

  /**
   * The last pieces of a file may be missing, since they come in any order, and what was written after the last sync may be
   * lost: they are asked for again.
   */
  #resumeAt(bytesThere: number, bytes: number): number {
    if (bytesThere > bytes) return 0;
    const pieces = Math.floor(bytesThere / this.#pieceBytes) - 2 * SNAPSHOT_PIECES_IN_FLIGHT_MAX;
    return Math.max(0, pieces) * this.#pieceBytes;
  }

  #goOn(fetching: Fetching): void {
    if (this.#fetching !== fetching || fetching.isOver) return;
    for (const [offset, piece] of fetching.pieces) {
      if (piece.isWritten && piece.isRestored) fetching.pieces.delete(offset);
    }
    const isWhole = fetching.next >= fetching.bytes && fetching.pieces.size === 0;
    if (isWhole && fetching.restore.bytes === fetching.bytes) return this.#complete(fetching);
    this.#askOn(fetching);
    this.#restoreOn(fetching);
  }

  #askOn(fetching: Fetching): void {
    const [oldest] = fetching.pieces.keys();
    // So that all behind the last few pieces has come: see `#resumeAt`.
    const bound = (oldest ?? fetching.next) + SNAPSHOT_PIECES_IN_FLIGHT_MAX * this.#pieceBytes;
    const end = Math.min(fetching.bytes, bound);
    const nowMs = this.#parts.clock.nowMs();
    while (fetching.next < end) {
      const length = Math.min(this.#pieceBytes, fetching.bytes - fetching.next);
      const piece = { length, askedAtMs: nowMs, bytes: undefined, isWritten: false, isRestored: false };
      fetching.pieces.set(fetching.next, piece);
      this.#ask(fetching, fetching.next, length);
      fetching.next += length;
      fetching.progressAtMs = nowMs;
    }
  }

  #ask({ source, slot }: Fetching, offset: number, length: number): void {
    this.#parts.outbox.send(source, { kind: 'snapshotFetch', slot, offset, length });
  }

  /** Makes the next bytes part of the new store: from the file what was in it before, then pieces in their order. */
  #restoreOn(fetching: Fetching): void {
    const { part, restore } = fetching;
    if (part === undefined || fetching.isRestoring || fetching.isOver) return;
    const left = fetching.resumedAt - restore.bytes;
    if (left > 0) {
      fetching.isRestoring = true;
      const target = this.#readBuffer.subarray(0, left);
      part.readInto(restore.bytes, target, (error, bytes) => {
        if (error !== undefined) return this.#failed(fetching, error);
        this.#restore(fetching, part, target.subarray(0, bytes));
      });
      return;
    }
    const piece = fetching.pieces.get(restore.bytes);
    if (piece?.bytes === undefined) return;
    fetching.isRestoring = true;
    piece.isRestored = true;
    this.#restore(fetching, part, piece.bytes);
  }

  #restore(fetching: Fetching, part: SnapshotPart, bytes: Uint8Array): void {
    if (this.#fetching !== fetching || fetching.isOver) return;
    const { restore } = fetching;
    const damage = restore.add(bytes);
    const fault = damage?.message ?? (restore.header && this.#faultOf(fetching, restore.header));
    if (fault !== undefined) return this.#discard(fetching, part, fault);
    this.#parts.rest(() => {
      // Others' turn, also when nobody wants a rest.
      this.#parts.defer(() => {
        fetching.isRestoring = false;
        this.#goOn(fetching);
      });
    });
  }

  #complete(fetching: Fetching): void {
    const { part, restore } = fetching;
    if (part === undefined) return;
    fetching.isOver = true;
    const fault = restore.finish()?.message;
    if (fault !== undefined) return this.#discard(fetching, part, fault);
    if (!this.#isWanted(fetching.slot)) return this.#discard(fetching, part, 'it is not needed any more');
    this.#publish(fetching, part, { header: restore.header as SnapshotHeader, store: restore.store });
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
    fetching.isOver = true;
    const text = `the snapshot at slot ${fetching.slot} that a peer has sent is dropped: ${why}`;
    this.#parts.observe({ kind: 'notice', name: 'snapshot-dropped', text, slot: fetching.slot });
    this.#parts.snapshots.discard(part, (error) => {
      this.#fetching = undefined;
      if (error !== undefined) this.#parts.failed('a snapshot of a peer', error);
    });
  }

  /** What has come stays on disk: the next offer of the same snapshot, whoever's it is, goes on with it. */
  #giveUp(fetching: Fetching, why: string): void {
    const text = `the snapshot at slot ${fetching.slot} comes no further, its sender is given up: ${why}`;
    this.#parts.observe({ kind: 'notice', name: 'snapshot-given-up', text, slot: fetching.slot });
    this.#fetching = undefined;
    fetching.isOver = true;
    fetching.part?.close((error) => {
      if (error !== undefined) this.#parts.failed('a snapshot of a peer', error);
    });
  }

  #failed(fetching: Fetching, error: Error): void {
    const { clock, failed, snapshots } = this.#parts;
    if (this.#closed) return;
    failed('a snapshot of a peer', error);
    // What was under way when it failed, or was given up, fails as well: the file is closed only once.
    if (fetching.isOver) return;
    fetching.isOver = true;
    this.#notBeforeMs = clock.nowMs() + SNAPSHOT_SPACE_RETRY_MS;
    const discarded = (discardError: Error | undefined): void => {
      this.#fetching = undefined;
      if (discardError !== undefined) failed('a snapshot of a peer', discardError);
    };
    if (fetching.part === undefined) discarded(undefined);
    else snapshots.discard(fetching.part, discarded);
  }
}

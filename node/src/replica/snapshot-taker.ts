/**
 * Takes snapshots of this replica's own state, in the background: when the log has grown by as much as there is data,
 * so that writing snapshots never costs more than writing the log.
 *
 * The log grows alike everywhere, so all replicas would take theirs at once and slow down together. Whatever brings them in
 * step (the first snapshot, one that was asked for, one of a peer, much data deleted) is therefore followed by a shorter way to the
 * next one, by the replica's place among the members; from then on equal ways keep them apart.
 */
import { SnapshotWriter } from '../codec/snapshot.ts';
import type { View } from '../kv/view.ts';
import type { Slot } from '../paxos/ballot.ts';
import { SINCE } from '../paxos/version.ts';
import type { Done } from '../storage/files.ts';
import type { SnapshotPart } from '../storage/snapshot-part.ts';
import { SNAPSHOT_MARGIN_BYTES, SNAPSHOT_SPACE_RETRY_MS, SNAPSHOT_WRITE_BYTES } from './limits.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';
import { OLDER_RELEASE } from './version-raise.ts';

/** One snapshot on its way to disk. */
interface Taking {
  readonly slot: Slot;
  readonly view: View;
  readonly writer: SnapshotWriter;
  readonly startedAtMs: number;
  /** How far the log had grown when it began. */
  readonly grownBytes: number;
  /** It began just when the log had grown by as much as it had to. */
  readonly isOnTime: boolean;
}

interface SnapshotRequest {
  readonly slot: Slot;
  readonly done: Done<Slot>;
}

/** Operators need few; more wait for something that does not come. */
const REQUESTS_MAX = 16;

/** Later than by this share of what had to grow, others have become due in the meantime, too. */
const LATE_SHARE = 0.1;

export class SnapshotTaker {
  readonly #parts: SnapshotParts;
  readonly #everyBytes: number;
  readonly #taken: (slot: Slot) => void;
  /** What was applied since the state that the newest snapshot holds. */
  #grownBytes: number;
  /** Others may be as far as this replica: see the head of this file. */
  #isInStep: boolean;
  #taking: Taking | undefined;
  /** Who asked for a snapshot of everything up to a slot, and has none yet. */
  #requests: SnapshotRequest[] = [];
  /** Several chunks go to disk with one write. */
  readonly #piece: Uint8Array = new Uint8Array(SNAPSHOT_WRITE_BYTES);
  /** The chunk that had no room in the last piece: good until the writer is asked for another. */
  #unwritten: Uint8Array | undefined;
  #notBeforeMs = 0;
  #closed = false;

  /** `grownBytes`: by how much the log is ahead of the newest snapshot at a start. */
  constructor(parts: SnapshotParts, everyBytes: number, grownBytes: number, taken: (slot: Slot) => void) {
    this.#parts = parts;
    this.#everyBytes = everyBytes;
    this.#grownBytes = grownBytes;
    this.#isInStep = parts.snapshots.newest === undefined;
    this.#taken = taken;
  }

  /** An entry of so many bytes has been applied. */
  grown(bytes: number): void {
    this.#grownBytes += bytes;
  }

  /** The state is that of a snapshot now: one of an older state is of no use any more. */
  skipped(): void {
    this.#grownBytes = 0;
    this.#isInStep = true;
  }

  /**
   * Takes one although none is due, unless there is one of everything applied by now: `done` gets its slot when it is on disk for
   * good, or an error when there is no space for it, or nothing to take.
   */
  request(done: Done<Slot>): void {
    const { applier, cluster, core } = this.#parts;
    if (this.#closed || cluster() === undefined || applier.applied === 0) {
      return done(new Error('this replica is shutting down, or belongs to no cluster yet'), 0);
    }
    if (core.acceptor.rulings.version < SINCE.snapshots) return done(new Error(OLDER_RELEASE), 0);
    if (this.#requests.length >= REQUESTS_MAX) {
      return done(new Error(`${REQUESTS_MAX} requests wait already, which is the limit`), 0);
    }
    this.#requests.push({ slot: applier.applied, done });
  }

  /** At the end of a turn, when everything chosen is applied. */
  takeIfDue(nowMs: number): void {
    if (this.#requests.length > 0) this.#answer();
    // A replica of an older release could not catch up with a log that has lost its beginning.
    const mayBe = this.#parts.core.acceptor.rulings.version >= SINCE.snapshots;
    const dueBytes = this.#dueBytes();
    const isDue = mayBe && this.#grownBytes > dueBytes;
    this.#holdBack();
    const isNeeded = mayBe && this.#parts.log.full && this.#grownBytes > 0;
    if (!isDue && !isNeeded && this.#requests.length === 0) return;
    if (this.#taking !== undefined || nowMs < this.#notBeforeMs) return;
    if (isNeeded) this.#notBeforeMs = nowMs + SNAPSHOT_SPACE_RETRY_MS;
    this.#take(nowMs, isDue && this.#grownBytes < dueBytes * (1 + LATE_SHARE));
  }

  /**
   * The log leaves room for the next snapshot. While one is being taken that is the one behind it: besides, there is room for what is
   * missing of the present one, but for what its predecessor, which goes then, has now.
   */
  #holdBack(): void {
    const { applier, log, snapshots } = this.#parts;
    const nextBytes = applier.store.bytes + SNAPSHOT_MARGIN_BYTES;
    const missingBytes = this.#taking === undefined ? 0 : nextBytes - this.#taking.writer.bytes;
    const freedBytes = this.#taking === undefined ? 0 : (snapshots.newest?.bytes ?? 0);
    log.holdBack(nextBytes + Math.max(0, missingBytes - freedBytes));
  }

  /** By so much the log must grow. */
  #dueBytes(): number {
    const { applier, core, self } = this.#parts;
    const bytes = Math.max(this.#everyBytes, applier.store.bytes);
    if (!this.#isInStep) return bytes;
    const members = core.acceptor.rulings.latest?.members ?? [];
    let place = 0;
    for (const { id } of members) if (id < self) place += 1;
    // Of one that is no member any more `place` may be their number: it waits as the last of them.
    return bytes * (1 - Math.min(place, members.length - 1) / members.length);
  }

  close(): void {
    this.#closed = true;
    for (const { done } of this.#requests.splice(0)) done(new Error('this replica is shutting down'), 0);
  }

  #answer(): void {
    const slot = this.#parts.snapshots.newest?.slot ?? 0;
    const answered = this.#requests.filter((request) => request.slot <= slot);
    this.#requests = this.#requests.filter((request) => request.slot > slot);
    for (const { done } of answered) done(undefined, slot);
  }

  #take(nowMs: number, isOnTime: boolean): void {
    const { applier, core, snapshots } = this.#parts;
    const cluster = this.#parts.cluster();
    const slot = applier.applied;
    if (cluster === undefined || slot <= (snapshots.newest?.slot ?? 0)) return;
    const view = applier.store.openView();
    const rulings = core.acceptor.rulings.through(slot);
    const header = { cluster, applier: applier.state, rulings, store: view.header };
    const writer = new SnapshotWriter(header, view);
    const taking = { slot, view, writer, startedAtMs: nowMs, grownBytes: this.#grownBytes, isOnTime };
    this.#taking = taking;
    this.#unwritten = undefined;
    snapshots.create(slot, (error, part) => {
      if (error !== undefined) this.#failed(taking, undefined, error);
      else this.#writeOn(taking, part);
    });
  }

  #writeOn(taking: Taking, part: SnapshotPart): void {
    if (this.#closed) return;
    const { view, writer } = taking;
    if (taking.slot <= (this.#parts.snapshots.newest?.slot ?? 0)) return this.#discard(taking, part);
    const piece = this.#nextPiece(writer);
    if (piece.length === 0) {
      view.close();
      return this.#publish(taking, part);
    }
    part.write(part.bytes, piece, (error) => {
      if (error !== undefined) return this.#failed(taking, part, error);
      this.#parts.rest(() => this.#writeOn(taking, part));
    });
  }

  /** As many chunks as have room, at least one; none when the snapshot is whole. */
  #nextPiece(writer: SnapshotWriter): Uint8Array {
    let chunk = this.#unwritten ?? writer.next();
    this.#unwritten = undefined;
    let bytes = 0;
    while (chunk !== undefined && bytes + chunk.length <= this.#piece.length) {
      this.#piece.set(chunk, bytes);
      bytes += chunk.length;
      chunk = writer.next();
    }
    if (bytes === 0) return chunk ?? this.#piece.subarray(0, 0);
    this.#unwritten = chunk;
    return this.#piece.subarray(0, bytes);
  }

  #publish(taking: Taking, part: SnapshotPart): void {
    const { clock, observe, snapshots } = this.#parts;
    snapshots.publish(part, (error) => {
      if (error !== undefined) return this.#failed(taking, part, error);
      this.#taking = undefined;
      this.#grownBytes = Math.max(0, this.#grownBytes - taking.grownBytes);
      // After the shorter way of one that was in step nobody else is where this replica is.
      this.#isInStep = !taking.isOnTime;
      const durationMs = clock.nowMs() - taking.startedAtMs;
      observe({ kind: 'snapshotTaken', slot: taking.slot, bytes: part.bytes, durationMs });
      this.#taken(taking.slot);
    });
  }

  #failed(taking: Taking, part: SnapshotPart | undefined, error: Error): void {
    this.#parts.failed('a snapshot', error);
    for (const { done } of this.#requests.splice(0)) done(error, 0);
    this.#notBeforeMs = this.#parts.clock.nowMs() + SNAPSHOT_SPACE_RETRY_MS;
    this.#discard(taking, part);
  }

  #discard(taking: Taking, part: SnapshotPart | undefined): void {
    taking.view.close();
    const discarded = (error: Error | undefined): void => {
      if (error !== undefined) this.#parts.failed('a snapshot', error);
      this.#taking = undefined;
    };
    if (part === undefined) discarded(undefined);
    else this.#parts.snapshots.discard(part, discarded);
  }
}

/**
 * Hands out this replica's snapshot to peers that lag behind its log, in the pieces that they ask for. A piece is read into the frame
 * in which it leaves, and each peer has its frames for all pieces: see `File.readInto`.
 */
import { PIECE_HEAD_BYTES, type SnapshotFetch } from '../codec/snapshot-message.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import { SNAPSHOT_FRAMES_PER_READER, SNAPSHOT_HOLD_MS, SNAPSHOT_PIECES_IN_FLIGHT_MAX } from './limits.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';

/** A peer that takes a snapshot from here. */
interface Reader {
  readonly peer: ReplicaId;
  slot: Slot;
  askedAtMs: number;
  /** What it has asked for and nothing was done for yet, oldest first. */
  readonly wanted: SnapshotFetch[];
  /** Those that hold nothing. */
  readonly frames: Uint8Array[];
}

export class SnapshotServer {
  readonly #parts: SnapshotParts;
  readonly #pieceBytes: number;
  readonly #readers = new Map<ReplicaId, Reader>();

  constructor(parts: SnapshotParts, pieceBytes: number) {
    this.#parts = parts;
    this.#pieceBytes = pieceBytes;
  }

  /** The log does not hold `from` any more: tells the peer what there is instead. False when there is nothing. */
  offer(peer: ReplicaId, from: Slot): boolean {
    const { newest } = this.#parts.snapshots;
    if (newest === undefined || newest.slot < from) return false;
    const { slot, bytes } = newest;
    this.#parts.outbox.send(peer, { kind: 'snapshotOffer', slot, bytes });
    return true;
  }

  serve(peer: ReplicaId, fetch: SnapshotFetch): void {
    if (this.#parts.snapshots.at(fetch.slot) === undefined) return this.#deny(peer, fetch);
    const reader = this.#readerOf(peer, fetch.slot);
    reader.slot = fetch.slot;
    reader.askedAtMs = this.#parts.clock.nowMs();
    // It asks again for what it does not get.
    if (reader.wanted.length >= SNAPSHOT_PIECES_IN_FLIGHT_MAX) return;
    reader.wanted.push(fetch);
    this.#serveNext(reader);
  }

  /** The newest one of those older than the newest of all that a peer reads: the file that must stay. */
  heldSlot(): Slot | undefined {
    const { clock, snapshots } = this.#parts;
    const nowMs = clock.nowMs();
    let held: Slot | undefined;
    for (const [peer, { slot, askedAtMs }] of this.#readers) {
      if (nowMs - askedAtMs > SNAPSHOT_HOLD_MS) this.#readers.delete(peer);
      else if (snapshots.at(slot) !== undefined && slot !== snapshots.newest?.slot) {
        held = Math.max(held ?? 0, slot);
      }
    }
    return held;
  }

  #readerOf(peer: ReplicaId, slot: Slot): Reader {
    const present = this.#readers.get(peer);
    if (present !== undefined) return present;
    const frameBytes = PIECE_HEAD_BYTES + this.#pieceBytes;
    const frames = Array.from({ length: SNAPSHOT_FRAMES_PER_READER }, () => new Uint8Array(frameBytes));
    const reader = { peer, slot, askedAtMs: 0, wanted: [], frames };
    this.#readers.set(peer, reader);
    return reader;
  }

  #serveNext(reader: Reader): void {
    const { outbox, rest, snapshots } = this.#parts;
    if (reader.frames.length === 0) return;
    const fetch = reader.wanted.shift();
    if (fetch === undefined) return;
    const { slot, offset, length } = fetch;
    // Removed while this waited.
    if (snapshots.at(slot) === undefined) return this.#deny(reader.peer, fetch);
    const frame = reader.frames.pop() as Uint8Array;
    const free = (): void => {
      reader.frames.push(frame);
      this.#serveNext(reader);
    };
    const target = frame.subarray(PIECE_HEAD_BYTES, PIECE_HEAD_BYTES + length);
    snapshots.readInto(slot, offset, target, (error, bytes) => {
      if (error !== undefined) return this.#parts.failed('reading a snapshot', error);
      if (bytes === 0) return free();
      rest(() => {
        const whole = frame.subarray(0, PIECE_HEAD_BYTES + bytes);
        if (!outbox.sendPiece(reader.peer, whole, slot, offset, free)) free();
      });
    });
  }

  #deny(peer: ReplicaId, { slot, offset }: SnapshotFetch): void {
    this.#parts.outbox.send(peer, { kind: 'snapshotChunk', slot, offset, bytes: new Uint8Array(0) });
  }
}

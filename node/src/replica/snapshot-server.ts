/** Hands out this replica's snapshot to peers that lag behind its log, in the pieces that they ask for. */
import type { SnapshotFetch } from '../codec/snapshot-message.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import { SNAPSHOT_HOLD_MS, SNAPSHOT_PIECES_IN_FLIGHT_MAX } from './limits.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';

/** A peer that takes a snapshot from here. */
interface Reader {
  slot: Slot;
  askedAtMs: number;
  readsUnderWay: number;
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

  serve(peer: ReplicaId, { slot, offset, length }: SnapshotFetch): void {
    const { clock, outbox, rest, snapshots } = this.#parts;
    if (snapshots.at(slot) === undefined) {
      outbox.send(peer, { kind: 'snapshotChunk', slot, offset, bytes: new Uint8Array(0) });
      return;
    }
    const reader = this.#readers.get(peer) ?? { slot, askedAtMs: 0, readsUnderWay: 0 };
    this.#readers.set(peer, reader);
    reader.slot = slot;
    reader.askedAtMs = clock.nowMs();
    // It asks again for what it does not get.
    if (reader.readsUnderWay >= SNAPSHOT_PIECES_IN_FLIGHT_MAX) return;
    reader.readsUnderWay += 1;
    snapshots.read(slot, offset, Math.min(length, this.#pieceBytes), (error, bytes) => {
      reader.readsUnderWay -= 1;
      if (error !== undefined) return this.#parts.failed('reading a snapshot', error);
      if (bytes.length > 0) {
        rest(() => outbox.send(peer, { kind: 'snapshotChunk', slot, offset, bytes }));
      }
    });
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
}

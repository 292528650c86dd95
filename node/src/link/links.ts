/**
 * The seam between a replica and its peers. Frames are opaque bytes here.
 *
 * Obligations: a frame arrives whole or not at all, at most once, and those of one connection in the
 * order in which they were sent. A link may go down at any time; whatever was under way is then lost, and
 * nobody says what. Bulk frames travel on a connection of their own, unordered with the others.
 */
import type { ReplicaId } from '../paxos/ballot.ts';

export interface Links {
  /**
   * Queues a frame; false when there is no link to that peer or its queue is full (the frame is then
   * dropped: consensus repeats what matters). The bytes belong to the link from here on.
   */
  send(peer: ReplicaId, frame: Uint8Array): boolean;
  /** As `send`; with `sent` given the bytes stay the caller's, to be changed when it is called, after true only. */
  sendBulk(peer: ReplicaId, frame: Uint8Array, sent?: () => void): boolean;
  /** The last round trip that was measured, in milliseconds; undefined while none was. */
  roundTripMs(peer: ReplicaId): number | undefined;
}

export interface LinkListener {
  /** Both directions work and the handshake is done. */
  up(peer: ReplicaId): void;
  down(peer: ReplicaId): void;
  /** The bytes belong to the listener. */
  frame(peer: ReplicaId, bytes: Uint8Array): void;
}

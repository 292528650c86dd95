/**
 * A ballot numbers one attempt to lead. Rounds grow; the replica's id makes ballots of different
 * replicas differ, so that no two leaders ever share one (Lamport, "Paxos Made Simple").
 */

/** The identity of a disk: 48 random bits, drawn when a data directory is formatted, never reused. */
export type ReplicaId = number;

/** One position of the replicated log. The first slot is 1; 0 means "none yet". */
export type Slot = number;

export interface Ballot {
  /** 0 only in `BALLOT_NONE`; at most 2^48 − 1. */
  readonly round: number;
  readonly replica: ReplicaId;
}

/** Below every real ballot: what an acceptor that has promised nothing has promised. */
export const BALLOT_NONE: Ballot = { round: 0, replica: 0 };

/** Negative when `a` is the lower one, positive when it is the higher one, 0 when they are equal. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return a.round === b.round ? a.replica - b.replica : a.round - b.round;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.replica === b.replica;
}

/** As people read it: `7.3f9a00c1d2e4`. */
export function ballotText(ballot: Ballot): string {
  return `${ballot.round}.${replicaText(ballot.replica)}`;
}

/** A replica id as people read it: twelve hexadecimal digits. */
export function replicaText(replica: ReplicaId): string {
  return replica.toString(16).padStart(12, '0');
}

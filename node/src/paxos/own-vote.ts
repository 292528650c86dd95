/**
 * A replica's word to itself. It is sent when everything written so far is on disk, and comes back as an event: a vote
 * of its own counts no sooner than anybody else's, and no promise is told before it is durable (T1, T4).
 */
import type { Ballot, Slot } from './ballot.ts';
import type { Accepted } from './message.ts';

/** The clock is nobody's business here: its own is known without a message. */
export function ownVote(ballot: Ballot, mark: Slot): Accepted {
  return { kind: 'accepted', ballot, mark, gap: false, clockMs: 0 };
}

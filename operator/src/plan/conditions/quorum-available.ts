import type { Condition } from '../decision.ts';
import { quorumRunbook } from '../runbook.ts';
import type { Situation } from '../situation.ts';

/** An election takes a second or two: what lasts longer is none. */
const ELECTION_MS = 5_000;

/** Whether a quorum of the voters is there and agrees on a leader. */
export function quorumAvailable({ observed, view, quorum }: Situation): Condition {
  const type = 'QuorumAvailable';
  switch (quorum.kind) {
    case 'held':
      return {
        type,
        status: 'True',
        reason: 'QuorumFollowsLeader',
        message:
          view === undefined
            ? 'a quorum of the voters follows a leader'
            : `a quorum of ${view.voters.length} voters follows ${view.leaderPod}`,
      };
    case 'notFounded':
      return { type, status: 'False', reason: 'NotFounded', message: 'no cluster was founded yet' };
    case 'lost': {
      const gone = quorum.gone.join('; ');
      const message = `${quorum.gone.length} of ${quorum.voters} voters are gone: ${gone}. Nothing is written or read until a quorum is back. Nothing is repaired on a guess: see ${quorumRunbook(observed)}`;
      return { type, status: 'False', reason: 'QuorumLost', message };
    }
    case 'leaderless': {
      const last = observed.status.conditions.find((condition) => condition.type === type);
      const isLong =
        last?.reason === 'NoLeader' ||
        (last?.reason === 'Electing' && observed.nowMs - last.sinceMs >= ELECTION_MS);
      return isLong
        ? {
            type,
            status: 'False',
            reason: 'NoLeader',
            message: `a quorum of the voters answers, and none of them leads: can they reach each other's peer ports? See ${quorumRunbook(observed)}`,
          }
        : {
            type,
            status: 'Unknown',
            reason: 'Electing',
            message: 'a quorum of the voters answers, and is about to elect a leader',
          };
    }
    case 'unknown':
      return {
        type,
        status: 'Unknown',
        reason: 'NoAnswer',
        message: `too few voters answer the operator to tell${quorum.silent.length === 0 ? '' : `; no answer from ${quorum.silent.join(', ')}`}`,
      };
  }
}

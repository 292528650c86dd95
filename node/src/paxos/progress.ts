/** What a leader knows of one member, within its ballot. */
import type { ReplicaId, Slot } from './ballot.ts';

export interface Progress {
  readonly id: ReplicaId;
  /** Highest mark that the member has told in this ballot: its vote for every slot up to there. */
  mark: Slot;
  /** The last mark told; lower than `mark` only after a restart lost its hints. The stream resumes here. */
  reported: Slot;
  /** The next slot to send; meaningful while `streaming`. */
  next: Slot;
  /** False until the member has told its mark, and while it is further behind than the window reaches. */
  streaming: boolean;
  /** When the member last answered at all. */
  heardAtMs: number;
  /** When `reported` last grew, or the stream was last rewound. */
  advancedAtMs: number;
  /** How long the stream's tail may go unanswered before it is sent again. */
  repeatMs: number;
  /** The newest heartbeat round that the member has answered. */
  round: number;
  /** The member's wall clock and when (monotonic) it was told. */
  clockMs: number;
  clockAtMs: number;
  /** When the newest heartbeat was sent by which it granted the leader a lease. */
  leaseSentAtMs: number;
}

export function newProgress(id: ReplicaId, nowMs: number, repeatMs: number): Progress {
  return {
    id,
    mark: 0,
    reported: 0,
    next: 0,
    streaming: false,
    heardAtMs: nowMs,
    advancedAtMs: nowMs,
    repeatMs,
    round: 0,
    clockMs: 0,
    clockAtMs: 0,
    leaseSentAtMs: Number.NEGATIVE_INFINITY,
  };
}

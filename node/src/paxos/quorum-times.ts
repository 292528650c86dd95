/** What a leader concludes from the times that its members' answers have told: always what a majority of the voters bears out. */
import type { ReplicaId } from './ballot.ts';
import { type Configuration, quorumMark } from './configuration.ts';
import type { Progress } from './progress.ts';

type Answers = ReadonlyMap<ReplicaId, Progress>;

/** The latest time that the clocks of a quorum have reached, reckoned on from their last answers; 0 while no quorum has told. */
export function quorumClockMs(
  configuration: Configuration,
  own: { readonly id: ReplicaId; readonly clockMs: number },
  answers: Answers,
  nowMs: number,
): number {
  return quorumMark(configuration, (id) => {
    if (id === own.id) return own.clockMs;
    const progress = answers.get(id);
    if (progress === undefined || progress.clockMs === 0) return 0;
    return Math.floor(progress.clockMs + nowMs - progress.clockAtMs);
  });
}

/** When a quorum had answered last; a replica hears itself at any time. */
export function quorumHeardAtMs(
  configuration: Configuration,
  self: ReplicaId,
  answers: Answers,
  nowMs: number,
): number {
  return quorumMark(configuration, (id) => (id === self ? nowMs : (answers.get(id)?.heardAtMs ?? 0)));
}

/** Who has answered at `sinceMs` or later; a replica hears itself at any time. */
export function heardSince(self: ReplicaId, answers: Answers, sinceMs: number): ReadonlySet<ReplicaId> {
  const heard = new Set([self]);
  for (const { id, heardAtMs } of answers.values()) if (heardAtMs >= sinceMs) heard.add(id);
  return heard;
}

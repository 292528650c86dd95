/** What a replica is doing about leadership: exactly one of these at a time. */
import type { ReplicaId } from './ballot.ts';
import type { Canvassing, Preparing } from './candidate.ts';
import type { Leader } from './leader.ts';

/** Waits: for a leader to be heard, or for its own time to ask for the lead. */
export interface Following {
  readonly kind: 'following';
  readonly leader: ReplicaId | undefined;
}

export type Role = Following | Canvassing | Preparing | Leader;

/** As people know it; a candidate canvasses or prepares. */
export function roleName(role: Role): 'follower' | 'candidate' | 'leader' {
  if (role.kind === 'leading') return 'leader';
  return role.kind === 'following' ? 'follower' : 'candidate';
}

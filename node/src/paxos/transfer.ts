/**
 * Handing the lead to another voter on purpose. The leader stops proposing, waits until the other one has accepted
 * everything, and tells it to campaign; the other one needs no canvass then, and nobody's requests are lost, since all wait
 * for the next leadership. If it takes too long the leader goes on.
 */
import type { ReplicaId } from './ballot.ts';

/** Clients wait meanwhile. A voter that is level within a second is no rare luck; one that is not is no good successor. */
export const TRANSFER_MS_MAX = 1_000;

export interface Transfer {
  readonly to: ReplicaId;
  readonly untilMs: number;
  /** The successor has been told to campaign. */
  told: boolean;
}

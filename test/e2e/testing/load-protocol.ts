/** What the test and the pod that is its client tell each other. */
import type { Call } from '../../testing/linearizability.ts';

export const CONTROL_PORT = 8000;
export const REDIS_PORT = 6379;

export interface LoadCounts {
  /** Requests that were answered; that were refused and surely not done; whose outcome nobody knows. */
  readonly done: number;
  readonly notDone: number;
  readonly unknown: number;
  readonly refusedConnections: number;
}

export interface LoadProgress extends LoadCounts {
  /** The longest time that one of the clients was without an acknowledged write since the last mark. */
  readonly longestGapMs: number;
}

export interface LoadResult extends LoadCounts {
  /** Keys that were written once: acknowledged, and of unknown outcome. */
  readonly acknowledged: number;
  readonly perhaps: number;
  /** What the final reading missed, in sentences. */
  readonly lost: readonly string[];
  /** Error replies that no document allows in a life without operators' mistakes. */
  readonly undocumented: readonly string[];
  /** By key. `returnedAt` is null where the outcome is unknown: JSON knows no infinity. */
  readonly histories: Readonly<
    Record<string, (Omit<Call, 'returnedAt'> & { readonly returnedAt: number | null })[]>
  >;
}

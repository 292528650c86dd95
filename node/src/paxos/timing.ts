/** The times that consensus runs by, in milliseconds of the monotonic clock that ticks bring. */
export interface Timing {
  /** A leader is heard of at least this often. */
  readonly heartbeatMs: number;
  /**
   * A follower that has heard of no leader for a random time between these two asks to become one. The
   * spread keeps two of them from duelling (T28); the lower bound is several heartbeats, so that one
   * lost frame or one pause of the garbage collector elects nobody.
   */
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  /** Unanswered requests (prepare, fetch, the stream's tail) are repeated after this time. */
  readonly repeatMs: number;
  /**
   * A leader's lease, if it asks for one, and what a replica waits after each start before it promises anything, since it
   * does not know what it had granted. Below `electionMinMs`, so that this wait delays no election; several
   * heartbeats, so that a lost one costs nothing.
   */
  readonly leaseMs: number;
}

export const TIMING: Timing = {
  heartbeatMs: 100,
  electionMinMs: 600,
  electionMaxMs: 1200,
  repeatMs: 300,
  leaseMs: 500,
};

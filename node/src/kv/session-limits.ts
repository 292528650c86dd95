/** The bounds of the table of sessions. They decide what is evicted, so they are the same on every replica. */

export interface SessionLimits {
  /** At least 1. */
  readonly sessionsMax: number;
  /** Memory of all sessions, each counted as `SESSION_BYTES` and its reply. */
  readonly bytesMax: number;
  /** The longest reply that is kept. The request of a longer one is done, and only that is remembered. */
  readonly replyBytesMax: number;
}

/** A session without its reply: the record, its place in the table, its id and its fingerprint. */
export const SESSION_BYTES = 256;

export const SESSION_LIMITS: SessionLimits = {
  // As many as the connections of six doors can hold, which is one session for each client of a large cluster.
  sessionsMax: 65_536,
  // A thousand bytes for each; every snapshot carries all of it.
  bytesMax: 64 * 1024 * 1024,
  // Replies of writes take tens of bytes. This is for transactions that also read.
  replyBytesMax: 64 * 1024,
};

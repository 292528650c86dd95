/**
 * What a cluster has agreed on being able to do: which formats stand in its log, which commands its replicas apply.
 * The number stands in the configuration, and so is agreed on like any other value of the log. A replica does
 * nothing that needs a later version than that, though it could; so replicas of two releases, one version apart,
 * agree on every slot, and one can be replaced by the other while the cluster serves.
 *
 * | version | what came with it |
 * | --- | --- |
 * | 1 | one configuration for ever, a log that is kept whole |
 * | 2 | snapshots and a log that loses its oldest segments, changes of membership, transfers, leases, sessions, transactions with conditions, a data quota |
 */

/**
 * The first version in which each of these is done: below it some replica may be of a release that does not know how. What the
 * commands of clients need stands in `kv/version-needed.ts`.
 */
export const SINCE = {
  changes: 2,
  transfers: 2,
  leases: 2,
  snapshots: 2,
  startCounts: 2,
  fullDisks: 2,
} as const;

/** The newest version that this program knows, and that it founds clusters with. */
export const VERSION = 2;
/** The oldest one whose clusters it can join and raise. */
export const VERSION_OLDEST = 1;

/** Every bound of watching, with its reason. Sizes in bytes. */

export interface WatchLimits {
  readonly historyEventsMax: number;
  readonly historyBytesMax: number;
  readonly revisionBytesMax: number;
  readonly queueEventsMax: number;
  readonly queueBytesMax: number;
  readonly queuesBytesMax: number;
  readonly watchesMax: number;
}

export const WATCH_LIMITS: WatchLimits = {
  /**
   * Changes that one can resume from: about four seconds of the fastest writing, and any time of slow writing. A client that loses
   * its replica finds another one within a second or two.
   */
  historyEventsMax: 131_072,
  /** The same for large values: a share of memory that a replica has to spare beside its data. */
  historyBytesMax: 64 * 1024 * 1024,
  /**
   * Keys and values of one revision, before and after: 16 MiB that came in one request, and as much that was there before, fit twice.
   * A revision that takes more is not told: its watches end as compacted.
   */
  revisionBytesMax: 64 * 1024 * 1024,
  /** Changes that wait for one slow watcher: a second of all that one replica can write, at a third of its speed. */
  queueEventsMax: 10_000,
  /** One of the longest values, so that one that is sent while another one comes does not end a watch. */
  queueBytesMax: 8 * 1024 * 1024,
  /** For all slow watchers together, each counted by itself: most of it is held in the history anyway. */
  queuesBytesMax: 128 * 1024 * 1024,
  /** Watches at one replica: each takes about a kilobyte, and an event of all of them a tenth of a second in pieces. */
  watchesMax: 20_000,
};

/** Watches of one connection: enough for a cache of many parts, and a few milliseconds to set up again elsewhere. */
export const WATCHES_PER_CONNECTION_MAX = 1_024;

/** Changes handed over in one turn of the event loop: a few milliseconds. The rest goes in the next turn. */
export const CHANGES_PER_TURN_MAX = 500;

/** Events of the history looked at in one turn, for watches that catch up: about a millisecond. */
export const SCANNED_PER_TURN_MAX = 20_000;

/** The bounds of the state machine. Commands answer with an error that names the limit when one is passed. */

/**
 * Longest string value. Redis allows 512 MB; here a value travels inside one log entry and one frame, and
 * stops everything behind it for as long as that takes: 8 MiB is about 0.1 s of disk and wire.
 */
export const STRING_BYTES_MAX = 8 * 1024 * 1024;

/** Longest pattern of `KEYS` and `SCAN`: a match costs at most pattern times key, and keys are many. */
export const PATTERN_BYTES_MAX = 4096;

/** Most keys on one page of a listing: a page is one reply, made in one turn of the event loop. */
export const LIST_KEYS_MAX = 10_000;

/** A page of a listing ends when its keys and values pass this, so that a reply stays within memory. */
export const LIST_BYTES_MAX = 4 * 1024 * 1024;

/** Values that one transaction of `/v1/txn` reads: its reply is made in one turn. Two of the longest. */
export const TXN_REPLY_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Views open at once. Each may keep a copy of every record that changes under it, so this is a guard
 * against views that nobody closes; a snapshot and a few lagging peers need far fewer.
 */
export const VIEWS_OPEN_MAX = 16;

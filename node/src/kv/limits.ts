/** The bounds of the state machine. Commands answer with an error that names the limit when one is passed. */

/**
 * Longest string value. Redis allows 512 MB; here a value travels inside one log entry and one frame, and
 * stops everything behind it for as long as that takes: 8 MiB is about 0.1 s of disk and wire.
 */
export const STRING_BYTES_MAX = 8 * 1024 * 1024;

/** Longest pattern of `KEYS` and `SCAN`: a match costs at most pattern times key, and keys are many. */
export const PATTERN_BYTES_MAX = 4096;

/**
 * Characters looked at to match one key with the pattern of `KEYS` or `SCAN`, and all keys of a `KEYS` in a transaction: about
 * 10 ms. A long key takes so many only with a pattern that repeats what it does. Over it: `ERR`.
 */
export const MATCH_STEPS_MAX = 4 * 1024 * 1024;

/** So many of them count as one unit of work. */
export const MATCH_STEPS = 512;

/** After so many of them a `SCAN` ends with a cursor, and `KEYS` lets others run: two milliseconds, or one long key more. */
export const MATCH_SLICE_STEPS = 512 * 1024;

/** To read a class of a pattern costs as much as to match some characters: each byte of a pattern counts as so many steps. */
export const PATTERN_BYTE_STEPS = 16;

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

/**
 * Keys that a client's command may name, and all commands of a transaction together. A command of the log is applied
 * in one piece, because everybody must see all of it or nothing; to delete this many of a million takes 25 to 45 ms.
 * Over it: `ERR`, nothing is done.
 */
export const COMMAND_KEYS_MAX = 3000;

/** The same bound for what is in the log already: a release that let in this many may lead, and all replicas apply alike. */
export const LOGGED_KEYS_MAX = 10_000;

/** A command with more keys takes them in key order, which the ordered index serves three times as fast. */
export const KEYS_UNSORTED_MAX = 256;

/** Commands of a transaction, which is applied in one piece, too. Over it: `ERR`, and `EXEC` fails. */
export const TRANSACTION_COMMANDS_MAX = 10_000;

/**
 * Work (`Store.work`) of one transaction, for commands that cost more than their keys tell: `SCAN`, `KEYS`, whatever makes or
 * answers with long values (128 MiB of them, those that are replaced included). About 60 ms. Over it: `ERR` for the commands that come after, inside of the reply of `EXEC`.
 */
export const TRANSACTION_WORK_MAX = 16_000;

/** Copying so many bytes of a value counts as one unit of work. */
export const COPIED_BYTES = 8192;

/** Keys that one `SCAN` visits, whatever its `COUNT` says: a hint, as in Redis. It takes some milliseconds. */
export const SCAN_KEYS_MAX = 10_000;

/** Keys that `KEYS` visits before it lets others run; behind it the rest follows, from the same moment's state. */
export const KEYS_SLICE = 4096;

/** `KEYS` inside of a transaction can't let others run. Over it: `ERR`, use `SCAN`. */
export const KEYS_IN_TRANSACTION_MAX = 50_000;

/** Names that `KEYS` answers with, in bytes. Over it: `ERR`, use `SCAN`. */
export const KEYS_BYTES_MAX = 64 * 1024 * 1024;

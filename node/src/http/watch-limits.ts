/** Every bound of the watch door, with its reason. */

/** Unsent bytes of one connection, beyond which changes wait in the hub: a fast link takes as much in a millisecond. */
export const UNSENT_BYTES_MAX = 256 * 1024;

/** The same for all connections together: one large value to many watchers must not take all memory. */
export const UNSENT_BYTES_ALL_MAX = 128 * 1024 * 1024;

/**
 * Pieces that go out at once within `GATHER_MS`, all connections together: a thousand a second, a hundredth of a processor. What is
 * more is gathered for that long: many changes of one watch then share a piece.
 */
export const PIECES_AT_ONCE_MAX = 200;
export const GATHER_MS = 200;

/** Pieces written in one turn of the event loop: about a millisecond. */
export const PIECES_PER_TURN = 100;

/** How long a connection may be silent: shorter than the 30 s after which some proxies drop one. */
export const BEAT_MS = 10_000;

/** A connection that takes nothing in so many beats, though something waits, is cut. */
export const STALLED_BEATS_MAX = 3;

/** How long a connection gets to take what is left, and its farewell, before it is cut. */
export const FAREWELL_MS = 2_000;

/** What a browser waits before it comes back; well within what a history remembers. */
export const RETRY_MS = 500;

/** Messages of one client in one turn of the event loop, then it is not read until the next: a millisecond or two. */
export const MESSAGES_PER_TURN_MAX = 100;

/** The longest message of a client: a key of 64 KiB with each byte escaped as `\u00XX`, and the rest. */
export const CLIENT_MESSAGE_BYTES_MAX = 6 * 64 * 1024 + 4 * 1024;

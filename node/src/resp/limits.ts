/** Every bound of the RESP door, in one place, each with its reason. */

import { COMMAND_KEYS_MAX } from '../kv/limits.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** One key, value or argument. Redis allows 512 MiB; ours must pass through the log several times over. */
export const bulkBytesMax = 8 * MIB;

/**
 * A key that a command creates, as at the HTTP door: a key is compared with others, matched with patterns and copied into indexes and
 * listings far more often than a value. An older release took longer ones: they can be read, renamed and deleted.
 */
export const createdKeyBytesMax = 64 * KIB;

/** One request with its framing, and one queued transaction: what still fits in a log entry. */
export const requestBytesMax = 16 * MIB;

/** Arguments of one request; Redis's own bound. */
export const argumentsMax = 1024 * KIB;

/** A line that has not ended: an inline command, or the count before an array or a bulk. Redis's own bound. */
export const lineBytesMax = 64 * KIB;

/** Requests of one connection that await their answers: a pipeline deep enough to hide a disk and two hops. */
export const outstandingRequestsMax = 1024;

/** Bytes of those requests: several connections at their limit still fit in the log's window. */
export const outstandingBytesMax = 4 * MIB;

/** Encoded output that the socket has not taken yet: over it no more is encoded, and nothing more is read. */
export const unsentBytesMax = MIB;

/** Answers that wait behind a slow reader; they pin values that the store may have dropped, so the connection closes. */
export const heldBytesMax = 256 * MIB;

/**
 * What the clients of all Redis ports hold together: unfinished requests, queued transactions, unread answers. Over it the
 * client that holds most is disconnected, as with Redis's `maxmemory-clients`.
 */
export const clientsBytesMax = 512 * MIB;

/** A request of more than this is a large one: of those only some arrive at a time. */
export const largeRequestBytes = MIB;

/** Large requests that arrive at a time; others wait unread. At `requestBytesMax` each they take half of `clientsBytesMax`. */
export const largeRequestsMax = 16;

/** A large request that takes longer to arrive while others wait is given up, with its connection: 16 MiB in this time is 0.5 MiB/s. */
export const largeRequestMsMax = 30_000;

/** What is taken from one socket before others have their turn: the system would hand over 2 MiB at a time. */
export const turnBytesMax = 256 * KIB;

/** Requests that the door answers itself, one connection's in one turn; then others have theirs. */
export const ownAnswersMsMax = 5;

/** Queueing commands of transactions in one turn, all connections together; then others have theirs. */
export const queueingMsMax = 5;

/** What a queued command holds beside its own bytes: its arguments' headers, their list, its place in the queue. */
export const queuedCommandBytes = 256;

/** Sending answers in one turn; then others have theirs. */
export const sendingMsMax = 10;

/** An answer that is longer is encoded in parts, as the socket takes them. */
export const wholeAnswerBytesMax = 256 * KIB;

/** One answer: it is held while it is sent, and a client that wants this much should ask in parts. */
export const replyBytesMax = 64 * MIB;

/** Keys that one connection watches: each travels in its EXEC, which is executed in one piece. */
export const watchedKeysMax = COMMAND_KEYS_MAX;

/** Connections of one door; Redis's own default. */
export const clientsMax = 10_000;

/** Arguments of one request before a password was given; Redis's own bound. */
export const unauthenticatedArgumentsMax = 10;

/** One argument before a password was given; Redis's own bound. */
export const unauthenticatedBulkBytesMax = 16 * KIB;

/** How long a client may take to give its password. */
export const unauthenticatedMsMax = 10_000;

/** Connections of one door without a password: four times what the kernel completes while we are busy. The oldest goes. */
export const unauthenticatedMax = 2_048;

/** A client's own name for itself or for its library: enough to recognise it in a list. */
export const clientNameBytesMax = 256;

/** So long an idle connection stays open when its replica closes: a request that is on its way has come by then. */
export const lingerMs = 100;

/** And so long one on which something has come within this time: its client is about to ask again, or was held up. */
export const activeMs = 1_000;

/** So long the last answers wait for requests that were sent together with the first that is refused: a busy machine delivers them apart. */
export const gatherMs = 20;

/** How long `close` waits for answers that are still due: longer than an election takes. */
export const closeTimeoutMs = 5_000;

/** How old the replica's status may be when it decides about `MOVED`: asking costs more than a small command. */
export const statusAgeMaxMs = 10;

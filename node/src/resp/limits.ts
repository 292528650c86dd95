/** Every bound of the RESP door, in one place, each with its reason. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** One key, value or argument. Redis allows 512 MiB; ours must pass through the log several times over. */
export const bulkBytesMax = 8 * MIB;

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

/** One encoded answer: V8 ends a string at 512 MiB, and a client that wants this much should use SCAN. */
export const replyBytesMax = 64 * MIB;

/** Keys that one connection watches: each travels in its EXEC. */
export const watchedKeysMax = 64 * KIB;

/** Commands between MULTI and EXEC: applying them stops the replica for as long as they take. */
export const queuedCommandsMax = 64 * KIB;

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

/** How long `close` waits for answers that are still due: longer than an election takes. */
export const closeTimeoutMs = 5_000;

/** How old the replica's status may be when it decides about `MOVED`: asking costs more than a small command. */
export const statusAgeMaxMs = 10;

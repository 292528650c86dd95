/**
 * What a request is answered with: the state machine's replies and the replica's failures, and the
 * two answers that only a connection knows.
 */
import type { Outcome } from '../replica/door.ts';

/** Nil where an array was expected: an aborted EXEC. RESP2 writes it differently from a nil bulk. */
export class NullArray {
  readonly kind = 'nullArray';
}

/** Nothing is sent at all: `CLIENT REPLY OFF`. */
export class NoReply {
  readonly kind = 'noReply';
}

export const NULL_ARRAY = new NullArray();
export const NO_REPLY = new NoReply();

export type Answer = Outcome | NullArray | NoReply;

/** The protocol version of a connection: RESP2 until `HELLO 3`. */
export type Protocol = 2 | 3;

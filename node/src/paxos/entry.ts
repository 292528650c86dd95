/** What the log is made of: one value per slot, accepted in a ballot. */
import type { Ballot, Slot } from './ballot.ts';
import type { Configuration } from './configuration.ts';

/**
 * What a slot agrees on. `commands` is opaque to Paxos: the state machine's batch of commands.
 * A `noop` fills a hole that a new leader found.
 */
export type Value =
  | { readonly kind: 'noop' }
  | { readonly kind: 'commands'; readonly bytes: Uint8Array }
  | { readonly kind: 'configuration'; readonly configuration: Configuration };

export interface Entry {
  readonly slot: Slot;
  /** The ballot in which this replica accepted the value; a re-proposal is a new entry. */
  readonly ballot: Ballot;
  readonly value: Value;
  /**
   * The entry as a log record, made once by the codec: the same bytes go to the leader's log, to
   * the wire and to the follower's log. Paxos never reads it.
   */
  record?: Uint8Array;
}

export const NOOP: Value = { kind: 'noop' };

/** A record without a value, and what an entry costs in memory. */
const NOOP_BYTES = 64;
/** As JSON: a host name of 253 characters, five ports, an id and the names of all these. */
const MEMBER_BYTES_MAX = 512;
/** Fifteen digits and a comma. */
const REMOVED_BYTES_MAX = 16;

/** Bytes that a value is charged with against limits on windows and frames: about what it has as a record. */
export function valueBytes(value: Value): number {
  if (value.kind === 'commands') return value.bytes.length;
  if (value.kind === 'noop') return NOOP_BYTES;
  const { members, removed } = value.configuration;
  return NOOP_BYTES + members.length * MEMBER_BYTES_MAX + removed.length * REMOVED_BYTES_MAX;
}

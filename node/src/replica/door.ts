/**
 * What a replica offers to its doors (RESP, HTTP, admin), and what a door must offer in return.
 * Nothing here is asynchronous in the language's sense: an answer is a call, in the turn in which
 * it is known, so that a door can gather a connection's answers into one write.
 */
import type { Reply } from '../kv/reply.ts';
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';
import type { Addresses } from '../paxos/configuration.ts';

/** `notDone`: surely not executed, safe to send again. `unknown`: it may have been, or still be. */
export class Failure {
  readonly kind: 'notDone' | 'unknown';
  readonly reason: string;
  constructor(kind: 'notDone' | 'unknown', reason: string) {
    this.kind = kind;
    this.reason = reason;
  }
}

export type Outcome = Reply | Failure;

/** Where an answer goes. `token` is the one that the door gave with the request; each is settled once. */
export interface ReplySink {
  settle(token: number, outcome: Outcome): void;
  /** When the request had come to the door, as `performance.now()` tells; asked for requests that are traced only. */
  readonly originMs?: (token: number) => number;
  /** The trace that the request is part of, as its client sent it. */
  readonly traceparent?: (token: number) => string | undefined;
}

/** The replica, as a door sees it. Arguments are latin1 strings without the command's name. */
export interface ReplicaDoor {
  /**
   * Puts a command (by its code in `kv/commands.ts`) into the log, here or by way of the leader,
   * and answers when it is applied here. A read-only command is allowed: it then keeps its place
   * behind the writes before it. Outcomes of one sink come in the order of its calls, unless they fail.
   */
  write(code: number, args: readonly string[], sink: ReplySink, token: number): void;
  /** A linearizable read: served from this replica, after a quorum round that began after the call. */
  read(code: number, args: readonly string[], sink: ReplySink, token: number): void;
  /**
   * A read of what this replica has applied by now, however old that is: a past state, all of it, answered at once. Refused
   * (not done) by a stranger, and by a replica that has not been level with a leader since it started.
   */
  readStale(code: number, args: readonly string[]): Outcome;
  /** How old what `readStale` reads may be. */
  readonly staleness: Staleness;
  /** True when the queues are full: a door stops reading its sockets, `whenRelieved` wakes it once. */
  readonly congested: boolean;
  whenRelieved(wake: () => void): void;
  status(): ReplicaStatus;
}

export interface Staleness {
  /** What is read is the state after this slot. */
  readonly slot: Slot;
  /** Since this replica last held all that its leader was known to have; a leader asks its quorum. */
  readonly ageMs: number;
}

export interface PeerStatus {
  readonly id: ReplicaId;
  readonly voter: boolean;
  readonly addresses: Addresses;
  readonly connected: boolean;
  /** Slots behind the leader's last slot; known at the leader only. */
  readonly lagSlots: number | undefined;
  readonly roundTripMs: number | undefined;
}

/** How much data there is, and what holds it back. */
export interface DataStatus {
  /** What keys and values take in memory, about; the same on every replica at the same slot. */
  readonly bytes: number;
  /** What they may take; 0 without a quota. */
  readonly quotaBytes: number;
  /** The leader has no room on its disk: what makes the data larger is refused. */
  readonly diskFull: boolean;
}

export interface ReplicaStatus {
  readonly id: ReplicaId;
  /** Hexadecimal; undefined while this replica belongs to no cluster. */
  readonly cluster: string | undefined;
  /** What the cluster has agreed on being able to do, see `paxos/version.ts`; undefined while no configuration is known. */
  readonly version: number | undefined;
  readonly role: 'stranger' | 'follower' | 'candidate' | 'leader';
  readonly leader: ReplicaId | undefined;
  readonly ballot: Ballot;
  readonly promised: Ballot;
  readonly chosen: Slot;
  readonly applied: Slot;
  /** Highest slot durable here in the present ballot. */
  readonly durable: Slot;
  readonly members: readonly PeerStatus[];
  /** Ids that were removed for good; of the newest configuration that this replica knows, like the members. */
  readonly removed: readonly ReplicaId[];
  /**
   * Members of before are needed still: a change of the members is chosen, or on its way, and not complete. Only the leader
   * knows; undefined at all others.
   */
  readonly changeUnderWay: boolean | undefined;
  readonly revision: number;
  readonly keys: number;
  readonly data: DataStatus;
  /** Of clients that want their writes done once: how many are open, and how many were evicted since this process has this store. */
  readonly sessions: { readonly open: number; readonly evicted: number };
  readonly digest: { readonly slot: Slot; readonly value: string };
  readonly ready: boolean;
  /** Why it is not ready, one sentence each; empty when it is. */
  readonly unreadyReasons: readonly string[];
  readonly uptimeMs: number;
}

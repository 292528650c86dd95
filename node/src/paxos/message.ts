/**
 * The vocabulary of consensus, in the paper's words: what goes into `Paxos.step` (events), what
 * comes out of it (a step: facts, messages, reads) and what replicas say to each other.
 */
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Ruling } from './configuration.ts';
import type { Entry, Value } from './entry.ts';

/** Said by a would-be candidate, before it disturbs anyone: would you promise this ballot? */
export interface Canvass {
  readonly kind: 'canvass';
  readonly ballot: Ballot;
}

/** Answer to `canvass`. Promises nothing. `promised` lets a candidate that is behind catch up in rounds. */
export interface CanvassReply {
  readonly kind: 'canvassReply';
  readonly ballot: Ballot;
  readonly granted: boolean;
  readonly promised: Ballot;
}

/** Phase 1a, once per leadership, for every slot from `first` (the candidate's first not known chosen) on. */
export interface Prepare {
  readonly kind: 'prepare';
  readonly ballot: Ballot;
  readonly first: Slot;
}

/**
 * Phase 1b. The acceptor accepts nothing below `ballot` any more, every slot up to `chosen` is known
 * chosen to it, and `entries` are what it has accepted above that mark and from the prepare's first
 * slot on. Long promises come in `parts`; a part with another mark or number of parts begins anew.
 */
export interface PromiseMessage {
  readonly kind: 'promise';
  readonly ballot: Ballot;
  readonly chosen: Slot;
  readonly part: number;
  readonly parts: number;
  readonly entries: readonly Entry[];
}

/** Answer to a prepare, accept or heartbeat of a ballot below the promised one. */
export interface Refuse {
  readonly kind: 'refuse';
  readonly refused: Ballot;
  readonly promised: Ballot;
}

/**
 * Phase 2a, streamed in slot order. Every entry is of `ballot`. `chosen` is the leader's chosen
 * mark; slots below `from` come by catch-up, as chosen, and not on this stream.
 */
export interface Accept {
  readonly kind: 'accept';
  readonly ballot: Ballot;
  readonly from: Slot;
  readonly chosen: Slot;
  readonly entries: readonly Entry[];
}

/**
 * Phase 2b, cumulative within `ballot`: every slot up to `mark` is durable here as accepted in this
 * ballot, or was known chosen here before. `gap` asks the leader to resume the stream at mark + 1.
 */
export interface Accepted {
  readonly kind: 'accepted';
  readonly ballot: Ballot;
  readonly mark: Slot;
  readonly gap: boolean;
  /** The acceptor's wall clock, ms since 1970: a leader stamps no later than a quorum's clocks. */
  readonly clockMs: number;
}

/** The leader is alive, and asks whether it still leads; `round` identifies the question (reads). */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly ballot: Ballot;
  readonly from: Slot;
  readonly chosen: Slot;
  readonly round: number;
}

/** Answer to `heartbeat`: I have promised nothing above this ballot. Carries the durable mark too. */
export interface HeartbeatReply {
  readonly kind: 'heartbeatReply';
  readonly ballot: Ballot;
  readonly round: number;
  readonly mark: Slot;
  readonly clockMs: number;
}

/** A follower's reads wait: up to where must I apply before I may answer them? */
export interface IndexRequest {
  readonly kind: 'indexRequest';
  readonly id: number;
}

/** Answer to `indexRequest`, after a quorum round that began after it came. */
export interface IndexReply {
  readonly kind: 'indexReply';
  readonly id: number;
  /** 0 when this replica can't say (it does not lead): ask again elsewhere. */
  readonly index: Slot;
}

/** Catch-up: send me what was chosen, from this slot on. Answered by the driver, from the log. */
export interface Fetch {
  readonly kind: 'fetch';
  readonly from: Slot;
}

/** Answer to `fetch`: consecutive entries, each known chosen to the sender. Bulk link. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly entries: readonly Entry[];
}

export type Message =
  | Canvass
  | CanvassReply
  | Prepare
  | PromiseMessage
  | Refuse
  | Accept
  | Accepted
  | Heartbeat
  | HeartbeatReply
  | IndexRequest
  | IndexReply
  | Fetch
  | Chosen;

export interface Envelope {
  readonly to: ReplicaId;
  readonly message: Message;
}

/** What must be on disk. Facts are durable in the order in which they were given. */
export type Fact =
  | { readonly kind: 'joined'; readonly cluster: string }
  | { readonly kind: 'promise'; readonly ballot: Ballot }
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** A hint that saves work after a restart: it rides along with the next write and forces none. */
  | { readonly kind: 'chosen'; readonly slot: Slot };

export type Event =
  /** Time passes: monotonic milliseconds, and the wall clock's. */
  | { readonly kind: 'tick'; readonly nowMs: number; readonly clockMs: number }
  | { readonly kind: 'message'; readonly from: ReplicaId; readonly message: Message }
  /** Only while `leading` and `roomToPropose`; `urgent` announces the choice at once to followers. */
  | { readonly kind: 'propose'; readonly value: Value; readonly urgent: boolean }
  /**
   * A snapshot of everything up to `slot` is on disk here for good, and the driver has taken it over: it stands for
   * the entries. Only above the chosen mark, and not while leading: a leader proposes again what it lacks.
   */
  | { readonly kind: 'installed'; readonly slot: Slot; readonly rulings: readonly Ruling[] }
  /** A batch of reads waits here for a quorum round; `id` comes back in `Step.reads`. */
  | { readonly kind: 'read'; readonly id: number }
  | { readonly kind: 'linkUp'; readonly peer: ReplicaId }
  | { readonly kind: 'linkDown'; readonly peer: ReplicaId };

/** Reads registered as `id` are safe once everything up to `index` is applied; index 0: ask again. */
export interface ReadReady {
  readonly id: number;
  readonly index: Slot;
}

/**
 * What the driver must do, in this order:
 * 1. send `messages` at once: they promise nothing;
 * 2. make `facts` durable, after all earlier facts;
 * 3. send `afterwards`, which speak for these facts (a message to this replica itself comes back
 *    as an event: the leader's own vote is one);
 * 4. apply what is chosen (`Paxos.chosen`), in slot order; then let `reads` run.
 */
export interface Step {
  readonly messages: readonly Envelope[];
  readonly facts: readonly Fact[];
  readonly afterwards: readonly Envelope[];
  readonly reads: readonly ReadReady[];
}

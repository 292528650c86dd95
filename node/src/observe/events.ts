/**
 * What a replica tells its observers (metrics, log lines). One union, one function: the code that
 * does the work does not know who listens.
 */
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';

export type ClientDoor = 'redis' | 'cluster' | 'http' | 'admin';

/** Why a connection was refused or closed, other than by its client, its request, or the end of this process. */
export type CutReason =
  | 'too-many'
  | 'memory'
  | 'large-request'
  | 'unread-answers'
  | 'unauthenticated'
  | 'password-revoked';

/** Limits that an HTTP request is answered 503 for. */
export type DoorLimit = 'calls' | 'bodies' | 'unread-answers';

export type ClientEvent =
  | { readonly kind: 'clientOpened'; readonly door: ClientDoor }
  | { readonly kind: 'clientClosed'; readonly door: ClientDoor }
  | { readonly kind: 'clientCut'; readonly reason: CutReason }
  | { readonly kind: 'refusedForLimit'; readonly limit: DoorLimit };

/** What happens so seldom that a sentence says it all. */
export type NoticeName =
  | 'accept-failed'
  | 'clients-closed'
  | 'closing-client'
  | 'file-refused'
  | 'file-read-again'
  | 'founds-cluster'
  | 'fresh'
  | 'frame-dropped'
  | 'log-cut'
  | 'log-unreadable'
  | 'no-space'
  | 'peer-port-failed'
  | 'peer-unreachable'
  | 'shutting-down'
  | 'snapshot-dropped'
  | 'snapshot-given-up'
  | 'started'
  | 'stranger'
  | 'tls'
  | 'traces-lost'
  | 'traces-variable-refused';

export type ReplicaEvent =
  | ClientEvent
  /** From the proposal of a slot at its leader to its being chosen. */
  | {
      readonly kind: 'roundDone';
      readonly slot: Slot;
      readonly durationMs: number;
      readonly commands: number;
    }
  | {
      readonly kind: 'logSynced';
      readonly durationMs: number;
      readonly bytes: number;
      readonly records: number;
    }
  | { readonly kind: 'readRoundDone'; readonly durationMs: number; readonly reads: number }
  | { readonly kind: 'peerRoundTrip'; readonly peer: ReplicaId; readonly durationMs: number }
  | { readonly kind: 'leaderChanged'; readonly leader: ReplicaId | undefined; readonly ballot: Ballot }
  | { readonly kind: 'linkUp'; readonly peer: ReplicaId }
  | { readonly kind: 'linkDown'; readonly peer: ReplicaId; readonly reason: string }
  | { readonly kind: 'sent'; readonly peer: ReplicaId; readonly bytes: number; readonly text: () => string }
  | {
      readonly kind: 'received';
      readonly peer: ReplicaId;
      readonly bytes: number;
      readonly text: () => string;
    }
  /** A message of the peer was not taken in, since too much waits for the disk. */
  | { readonly kind: 'droppedForDisk'; readonly peer: ReplicaId }
  | { readonly kind: 'applied'; readonly slot: Slot; readonly commands: number; readonly durationMs: number }
  | { readonly kind: 'caughtUp'; readonly slot: Slot; readonly slots: number }
  /** This replica's own state, up to that slot, is on disk as a snapshot. */
  | {
      readonly kind: 'snapshotTaken';
      readonly slot: Slot;
      readonly bytes: number;
      readonly durationMs: number;
    }
  /** A peer's snapshot has taken the place of this replica's state; the duration is from the first byte on. */
  | {
      readonly kind: 'snapshotInstalled';
      readonly slot: Slot;
      readonly bytes: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'refusedLink'; readonly reason: string }
  /** A wrong password, or a wrong or missing bearer token. */
  | { readonly kind: 'refusedAccess'; readonly door: 'redis' | 'http' | 'admin'; readonly from: string }
  | {
      readonly kind: 'commandDone';
      readonly name: string;
      readonly outcome: 'ok' | 'error' | 'notDone' | 'unknown';
      readonly durationMs: number;
    }
  /** This replica takes no part any more: its process ends. */
  | {
      readonly kind: 'retired';
      readonly why: 'removed' | 'forgot' | 'superseded' | 'outdated';
      readonly reason: string;
    }
  | { readonly kind: 'notice'; readonly name: NoticeName; readonly text: string; readonly slot?: Slot };

export type Observer = (event: ReplicaEvent) => void;

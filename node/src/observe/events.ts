/**
 * What a replica tells its observers (metrics, log lines). One union, one function: the code that
 * does the work does not know who listens.
 */
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';

export type ReplicaEvent =
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
  | { readonly kind: 'applied'; readonly slot: Slot; readonly commands: number; readonly durationMs: number }
  | { readonly kind: 'caughtUp'; readonly slot: Slot; readonly slots: number }
  | { readonly kind: 'refusedLink'; readonly reason: string }
  | {
      readonly kind: 'commandDone';
      readonly name: string;
      readonly outcome: 'ok' | 'error' | 'notDone' | 'unknown';
      readonly durationMs: number;
    }
  /** This replica takes no part any more: its process ends. */
  | {
      readonly kind: 'retired';
      readonly why: 'removed' | 'forgot' | 'superseded';
      readonly reason: string;
    }
  | { readonly kind: 'notice'; readonly text: string };

export type Observer = (event: ReplicaEvent) => void;

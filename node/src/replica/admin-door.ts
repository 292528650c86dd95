/** What a replica offers to those who look after it: the admin port asks, with a callback for each answer. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Addresses, Member } from '../paxos/configuration.ts';
import type { RefusalCode } from './membership.ts';

export interface AdminDone {
  readonly kind: 'done';
  /** It was so before it was asked for. */
  readonly already: boolean;
  readonly text: string;
}

export interface AdminRefusal {
  readonly kind: 'refused';
  readonly code:
    | RefusalCode
    /** Surely not done, and may work a moment later. */
    | 'not-done'
    /** It may have been done: asking again does no harm. */
    | 'unknown-outcome'
    /** `leader` is set: it must be asked. */
    | 'not-leader'
    | 'other-cluster'
    | 'other-replica'
    | 'transfer-under-way';
  readonly reason: string;
  readonly leader?: Member;
}

export type AdminAnswer = AdminDone | AdminRefusal;

export interface Founding {
  /** 32 hexadecimal digits. */
  readonly cluster: string;
  /** The replica that is meant; undefined: whichever this is. */
  readonly replica: ReplicaId | undefined;
  /** The first voters, all of them fresh, this replica among them; empty: this one alone. */
  readonly members: readonly Pick<Member, 'id' | 'addresses'>[];
}

export interface ReplicaAdmin {
  /** A new member that receives everything and does not vote. */
  addLearner(id: ReplicaId, addresses: Addresses, done: (answer: AdminAnswer) => void): void;
  /** A learner becomes a voter. */
  promote(id: ReplicaId, done: (answer: AdminAnswer) => void): void;
  /** Voter or learner, the leader itself too: it leaves for good, its id is never used again. */
  remove(id: ReplicaId, done: (answer: AdminAnswer) => void): void;
  /** Hands the lead to `to`, or to the voter that has most of all those that are level. */
  transfer(to: ReplicaId | undefined, done: (answer: AdminAnswer) => void): void;
  /** Founds a cluster at this fresh replica. */
  bootstrap(founding: Founding, done: (answer: AdminAnswer) => void): void;
}

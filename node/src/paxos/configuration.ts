/**
 * Who votes. A configuration is itself a value in the log: the entry at slot s rules from slot
 * s + alpha on, so every quorum asks for the configuration of its slot, never for a list of peers
 * (Lamport, Malkhi, Zhou: "Reconfiguring a State Machine").
 */
import type { ReplicaId, Slot } from './ballot.ts';

/** Where a member can be reached. Paxos carries it and never looks inside. */
export interface Addresses {
  /** Host name or address that peers and clients can resolve. */
  readonly host: string;
  readonly peerPort: number;
  readonly redisPort: number;
  readonly clusterPort: number;
  readonly httpPort: number;
  readonly adminPort: number;
}

export interface Member {
  readonly id: ReplicaId;
  /** A learner receives everything and votes on nothing. */
  readonly voter: boolean;
  readonly addresses: Addresses;
}

/** Voters and learners of one cluster: more voters than nine only make it slower, the rest is room for learners. */
export const MEMBERS_MAX = 64;

/**
 * Removed ids that are remembered: 16 KiB in each configuration. Beyond it the oldest are forgotten, because
 * a cluster that could replace no disk any more would be worse. Ids are 48 random bits, so one that is forgotten comes
 * back only with its own old disk, and only when somebody adds it by hand after 1,024 removals.
 */
export const REMOVED_MAX = 1_024;

export interface Configuration {
  /** What the replicas have agreed on being able to do: see `version.ts`. It never falls. */
  readonly version: number;
  /** Slots in flight, at most; fixed by the first configuration of a cluster. */
  readonly alpha: number;
  readonly members: readonly Member[];
  /** Ids that were members once and never are again, oldest first. */
  readonly removed: readonly ReplicaId[];
}

/** A configuration and the first slot that it rules. */
export interface Ruling {
  readonly from: Slot;
  readonly configuration: Configuration;
}

/** True when `granted` holds a majority of the voters. A set, so that a repeated answer counts once. */
export function isQuorum(configuration: Configuration, granted: ReadonlySet<ReplicaId>): boolean {
  let voters = 0;
  let votes = 0;
  for (const member of configuration.members) {
    if (!member.voter) continue;
    voters += 1;
    if (granted.has(member.id)) votes += 1;
  }
  return votes > voters / 2;
}

/** The highest mark that a majority of the voters has reached; `markOf` answers 0 for the silent. */
export function quorumMark(configuration: Configuration, markOf: (id: ReplicaId) => Slot): Slot {
  const marks = configuration.members.filter((member) => member.voter).map((member) => markOf(member.id));
  marks.sort((a, b) => b - a);
  return marks[Math.floor(marks.length / 2)] ?? 0;
}

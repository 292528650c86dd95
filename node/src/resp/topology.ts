/**
 * Who is who, for clients: one shard that owns every slot, the leader is its master, the others are
 * its replicas. Members appear with their announced host and cluster port, whichever port asks.
 */
import { replicaText } from '../paxos/ballot.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { PeerStatus, ReplicaDoor, ReplicaStatus } from '../replica/door.ts';
import { ErrorReply } from '../kv/reply.ts';
import type { CommandEntry } from './command-table.ts';
import { keysOf } from './connection-commands/command-command.ts';
import { keySlot } from './key-slot.ts';
import { statusAgeMaxMs } from './limits.ts';

const NODE_ID_DIGITS = 40;

/** Redis Cluster names nodes by forty hexadecimal digits: the replica's id with zeros before it. */
export function nodeId(replica: ReplicaId): string {
  return replicaText(replica).padStart(NODE_ID_DIGITS, '0');
}

/** The member that leads, when one is known and its addresses are. */
export function leaderOf(status: ReplicaStatus): PeerStatus | undefined {
  return status.leader === undefined
    ? undefined
    : status.members.find((member) => member.id === status.leader);
}

/** A member that clients may be sent to: it votes, and nothing says that it is gone. */
export function isHealthy(status: ReplicaStatus, member: PeerStatus): boolean {
  // Followers have no links to speak of but the one to the leader: only a leader's word on links counts.
  return member.connected || member.id === status.id || status.role !== 'leader';
}

export class Topology {
  readonly #door: ReplicaDoor;
  #status: ReplicaStatus | undefined;
  #statusAtMs = 0;

  constructor(door: ReplicaDoor) {
    this.#door = door;
  }

  /** The present status, made now. */
  status(): ReplicaStatus {
    return this.#door.status();
  }

  /** Whether this replica leads, by a status of at most `statusAgeMaxMs`; `nowMs` is a monotonic time. */
  leadsHere(nowMs: number): boolean {
    return this.#recent(nowMs).role === 'leader';
  }

  /** The error that sends a request to the leader; undefined when it may be served here. */
  redirection(
    entry: CommandEntry,
    args: readonly string[],
    readOnly: boolean,
    nowMs: number,
  ): ErrorReply | undefined {
    if (this.leadsHere(nowMs) || (readOnly && entry.data?.access === 'read')) return undefined;
    const key = keysOf(entry, args)[0];
    return key === undefined ? undefined : new ErrorReply(this.#redirectionOf(key, nowMs));
  }

  #redirectionOf(key: string, nowMs: number): string {
    const leader = leaderOf(this.#recent(nowMs));
    if (leader === undefined || leader.addresses.clusterPort === 0) {
      return 'CLUSTERDOWN The cluster is down: no leader is known, nothing was done, try again';
    }
    return `MOVED ${keySlot(key)} ${leader.addresses.host}:${leader.addresses.clusterPort}`;
  }

  #recent(nowMs: number): ReplicaStatus {
    if (this.#status === undefined || nowMs - this.#statusAtMs > statusAgeMaxMs) {
      this.#status = this.#door.status();
      this.#statusAtMs = nowMs;
    }
    return this.#status;
  }
}

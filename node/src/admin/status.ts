/** A replica's status as JSON: ids and ballots as people read them everywhere else. */
import { ballotText, replicaText } from '../paxos/ballot.ts';
import type { PeerStatus, ReplicaStatus } from '../replica/door.ts';

/** What does not apply is null, so that every field is always there. `release` is the program's, of this process. */
export function statusRecord(status: ReplicaStatus, release: string): Record<string, unknown> {
  return {
    release,
    version: status.version ?? null,
    id: replicaText(status.id),
    cluster: status.cluster ?? null,
    role: status.role,
    leader: status.leader === undefined ? null : replicaText(status.leader),
    ballot: ballotText(status.ballot),
    promised: ballotText(status.promised),
    chosen: status.chosen,
    applied: status.applied,
    durable: status.durable,
    revision: status.revision,
    keys: status.keys,
    digest: status.digest,
    ready: status.ready,
    unreadyReasons: status.unreadyReasons,
    uptimeMs: status.uptimeMs,
    members: status.members.map(memberRecord),
    removed: status.removed.map(replicaText),
    changeUnderWay: status.changeUnderWay ?? null,
  };
}

function memberRecord(member: PeerStatus): Record<string, unknown> {
  return {
    id: replicaText(member.id),
    voter: member.voter,
    addresses: member.addresses,
    connected: member.connected,
    lagSlots: member.lagSlots ?? null,
    roundTripMs: member.roundTripMs ?? null,
  };
}

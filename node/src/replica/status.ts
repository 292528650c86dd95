/** What a replica tells about itself. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Applier } from './applier.ts';
import type { PeerStatus, ReplicaStatus } from './door.ts';

export interface StatusSources {
  readonly self: ReplicaId;
  readonly cluster: string | undefined;
  readonly core: Paxos;
  readonly applier: Applier;
  readonly connected: ReadonlySet<ReplicaId>;
  readonly roundTripMs: (peer: ReplicaId) => number | undefined;
  readonly unreadyReasons: readonly string[];
  readonly uptimeMs: number;
}

export function statusOf(sources: StatusSources): ReplicaStatus {
  const { core, applier } = sources;
  const { store } = applier;
  return {
    id: sources.self,
    cluster: sources.cluster,
    version: core.acceptor.rulings.latest?.version,
    role: core.role,
    leader: core.leader,
    ballot: core.leadership?.ballot ?? core.acceptor.promised,
    promised: core.acceptor.promised,
    chosen: core.chosen,
    applied: applier.applied,
    durable: core.acceptor.durable,
    members: members(sources),
    removed: core.acceptor.rulings.latest?.removed ?? [],
    changeUnderWay: core.leadership?.changeUnderWay,
    revision: store.revision,
    keys: store.size,
    data: { bytes: store.bytes, ...store.growth },
    sessions: { open: store.sessions.size, evicted: store.sessions.evicted },
    digest: { slot: applier.applied, value: applier.digest },
    ready: sources.unreadyReasons.length === 0,
    unreadyReasons: sources.unreadyReasons,
    uptimeMs: sources.uptimeMs,
  };
}

function members(sources: StatusSources): PeerStatus[] {
  const { core, self, connected } = sources;
  const leadership = core.leadership;
  return (core.acceptor.rulings.latest?.members ?? []).map((member) => {
    const mark = leadership?.progressOf(member.id)?.mark;
    return {
      id: member.id,
      voter: member.voter,
      addresses: member.addresses,
      connected: member.id === self || connected.has(member.id),
      lagSlots: leadership === undefined ? undefined : member.id === self ? 0 : leadership.last - (mark ?? 0),
      roundTripMs: member.id === self ? undefined : sources.roundTripMs(member.id),
    };
  });
}

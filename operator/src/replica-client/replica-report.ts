/** What a replica answers at `/v1/status`, checked where it comes in. Absent or of another form: it is no answer of a replica. */
import type { ReplicaReport, ReportedMember } from '../plan/observed.ts';

const ROLES = ['stranger', 'follower', 'candidate', 'leader'] as const;
const REPLICA_ID = /^[0-9a-f]{12}$/;
const CLUSTER_ID = /^[0-9a-f]{32}$/;
const BALLOT = /^\d+\.[0-9a-f]{12}$/;

/** Undefined when it is no status of a replica: half an answer must not be the reason of anything. */
export function parseReport(answer: unknown): ReplicaReport | undefined {
  if (!isRecord(answer)) return undefined;
  const { id, cluster, leader, ballot, promised, members, removed, chosen, ready, release } = answer;
  const role = ROLES.find((each) => each === answer['role']);
  if (
    role === undefined ||
    !matches(id, REPLICA_ID) ||
    !matches(ballot, BALLOT) ||
    !matches(promised, BALLOT)
  ) {
    return undefined;
  }
  if (!isNullOr(cluster, CLUSTER_ID) || !isNullOr(leader, REPLICA_ID)) return undefined;
  if (typeof chosen !== 'number' || typeof ready !== 'boolean' || typeof release !== 'string')
    return undefined;
  if (!Array.isArray(members) || !Array.isArray(removed)) return undefined;
  const parsed = members.map(parseMember);
  if (parsed.includes(undefined) || !removed.every((each) => matches(each, REPLICA_ID))) return undefined;
  const { unreadyReasons: reasons, changeUnderWay } = answer;
  return {
    id,
    cluster: cluster ?? undefined,
    role,
    leader: leader ?? undefined,
    ballot,
    promised,
    members: parsed.filter((member) => member !== undefined),
    removed: removed,
    changeUnderWay: typeof changeUnderWay === 'boolean' ? changeUnderWay : undefined,
    chosen,
    ready,
    unreadyReasons: Array.isArray(reasons) ? reasons.map(String) : [],
    version: release,
  };
}

function parseMember(value: unknown): ReportedMember | undefined {
  if (!isRecord(value) || !isRecord(value['addresses'])) return undefined;
  const { id, voter, connected, lagSlots } = value;
  const { host } = value['addresses'];
  if (!matches(id, REPLICA_ID) || typeof voter !== 'boolean' || typeof host !== 'string') return undefined;
  return {
    id,
    voter,
    host,
    connected: connected === true,
    lagSlots: typeof lagSlots === 'number' ? lagSlots : undefined,
  };
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isNullOr(value: unknown, pattern: RegExp): value is string | null {
  return value === null || matches(value, pattern);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

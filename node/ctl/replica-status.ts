/** What a replica says of itself at `/v1/status`, checked where it comes in. */
import type { Addresses } from '../src/paxos/configuration.ts';

export interface MemberStatus {
  readonly id: string;
  readonly voter: boolean;
  readonly addresses: Addresses;
  /** Slots behind the leader; only the leader knows it. */
  readonly lagSlots: number | undefined;
}

export interface ReplicaStatus {
  readonly id: string;
  readonly cluster: string | undefined;
  readonly role: string;
  readonly leader: string | undefined;
  readonly ballot: string;
  readonly chosen: number;
  readonly applied: number;
  readonly revision: number;
  readonly keys: number;
  readonly digest: { readonly slot: number; readonly value: string };
  readonly ready: boolean;
  readonly unreadyReasons: readonly string[];
  readonly uptimeMs: number;
  /** Of its program. */
  readonly release: string | undefined;
  /** What the cluster has agreed on being able to do, as far as this replica knows. */
  readonly version: number | undefined;
  readonly members: readonly MemberStatus[];
}

/** Undefined when that is no status of a replica. */
export function parseStatus(record: Readonly<Record<string, unknown>>): ReplicaStatus | undefined {
  const { id, role, ballot, digest, members } = record;
  if (typeof id !== 'string' || typeof role !== 'string' || typeof ballot !== 'string') return undefined;
  if (!Array.isArray(members) || typeof digest !== 'object' || digest === null) return undefined;
  const { slot, value } = digest as Record<string, unknown>;
  return {
    id,
    cluster: textOf(record['cluster']),
    role,
    leader: textOf(record['leader']),
    ballot,
    chosen: numberOf(record['chosen']) ?? 0,
    applied: numberOf(record['applied']) ?? 0,
    revision: numberOf(record['revision']) ?? 0,
    keys: numberOf(record['keys']) ?? 0,
    digest: { slot: numberOf(slot) ?? 0, value: textOf(value) ?? '' },
    ready: record['ready'] === true,
    unreadyReasons: Array.isArray(record['unreadyReasons']) ? record['unreadyReasons'].map(String) : [],
    uptimeMs: Math.round(numberOf(record['uptimeMs']) ?? 0),
    release: textOf(record['release']),
    version: numberOf(record['version']),
    members: members.map(parseMember).filter((member) => member !== undefined),
  };
}

function parseMember(value: unknown): MemberStatus | undefined {
  const { id, voter, addresses, lagSlots } = (value ?? {}) as Record<string, unknown>;
  const ports = (addresses ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || typeof ports['host'] !== 'string') return undefined;
  return {
    id,
    voter: voter === true,
    addresses: ports as unknown as Addresses,
    lagSlots: numberOf(lagSlots),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Negative when `left` is the lower ballot: `7.3f9a00c1d2e4` as text. */
export function compareBallotTexts(left: string, right: string): number {
  const [leftRound = '', leftReplica = ''] = left.split('.');
  const [rightRound = '', rightReplica = ''] = right.split('.');
  if (leftRound !== rightRound) return Number(leftRound) - Number(rightRound);
  return leftReplica < rightReplica ? -1 : leftReplica > rightReplica ? 1 : 0;
}

/**
 * What one replica tells the console of itself: `/v1/status`, and what only the console shows. The replica that serves the page asks
 * the others for theirs, which may be of an older release or of a later one: so it is checked where it comes in.
 */
import type { ReplicaStatus } from '../../replica/door.ts';
import { statusRecord } from '../status.ts';
import type { Happening } from './happenings.ts';
import type { Latencies, Latency } from './latency-meter.ts';

export interface MemberReport {
  readonly id: string;
  readonly voter: boolean;
  readonly host: string;
  readonly adminPort: number;
  readonly peerPort: number;
  /** Whether the one that reports is linked to it. */
  readonly connected: boolean;
  /** Known at the leader only. */
  readonly lagSlots: number | undefined;
  readonly roundTripMs: number | undefined;
}

export interface DataReport {
  readonly bytes: number;
  /** 0: there is no quota. */
  readonly quotaBytes: number;
  /** The leader's disk. */
  readonly diskFull: boolean;
}

export interface SelfReport {
  readonly id: string;
  readonly cluster: string | undefined;
  readonly release: string;
  readonly version: number | undefined;
  readonly role: string;
  readonly leader: string | undefined;
  readonly ballot: string;
  readonly promised: string;
  readonly chosen: number;
  readonly applied: number;
  /** Accepted in the present ballot, and on disk. */
  readonly durable: number;
  readonly revision: number;
  readonly keys: number;
  readonly digest: { readonly slot: number; readonly value: string };
  readonly ready: boolean;
  readonly unreadyReasons: readonly string[];
  readonly uptimeMs: number;
  readonly members: readonly MemberReport[];
  readonly changeUnderWay: boolean;
  /** Undefined for a release that has no console. */
  readonly data: DataReport | undefined;
  /** Undefined until it has been asked for a second or two. */
  readonly latencies: Latencies | undefined;
  /** How long the log's present write has taken; 0 while there is none. */
  readonly writeUnderWayMs: number;
  readonly happenings: readonly Happening[];
}

/** What the status does not know. */
export type SelfParts = Pick<SelfReport, 'release' | 'latencies' | 'writeUnderWayMs' | 'happenings'>;

/** As it goes over the wire; `parseSelf` reads it. */
export function selfRecord(status: ReplicaStatus, parts: SelfParts): Record<string, unknown> {
  const { release, latencies, writeUnderWayMs, happenings } = parts;
  const own = { data: status.data, latencies: latencies ?? null, writeUnderWayMs, happenings };
  return { ...statusRecord(status, release), ...own };
}

/** Undefined for what is no report of a replica. */
export function parseSelf(value: unknown): SelfReport | undefined {
  const record = recordOf(value);
  const { id, role, ballot, members } = record;
  if (typeof id !== 'string' || typeof role !== 'string' || typeof ballot !== 'string') return undefined;
  if (!Array.isArray(members)) return undefined;
  const digest = recordOf(record['digest']);
  return {
    id,
    cluster: textOf(record['cluster']),
    release: textOf(record['release']) ?? 'unknown',
    version: numberOf(record['version']),
    role,
    leader: textOf(record['leader']),
    ballot,
    promised: textOf(record['promised']) ?? ballot,
    chosen: numberOf(record['chosen']) ?? 0,
    applied: numberOf(record['applied']) ?? 0,
    durable: numberOf(record['durable']) ?? 0,
    revision: numberOf(record['revision']) ?? 0,
    keys: numberOf(record['keys']) ?? 0,
    digest: { slot: numberOf(digest['slot']) ?? 0, value: textOf(digest['value']) ?? '' },
    ready: record['ready'] === true,
    unreadyReasons: listOf(record['unreadyReasons']).map(String),
    uptimeMs: numberOf(record['uptimeMs']) ?? 0,
    members: members.map(parseMember).filter((member) => member !== undefined),
    changeUnderWay: record['changeUnderWay'] === true,
    data: parseData(record['data']),
    latencies: parseLatencies(record['latencies']),
    writeUnderWayMs: numberOf(record['writeUnderWayMs']) ?? 0,
    happenings: listOf(record['happenings'])
      .map(parseHappening)
      .filter((each) => each !== undefined),
  };
}

function parseMember(value: unknown): MemberReport | undefined {
  const record = recordOf(value);
  const addresses = recordOf(record['addresses']);
  const [id, host] = [textOf(record['id']), textOf(addresses['host'])];
  const [adminPort, peerPort] = [numberOf(addresses['adminPort']), numberOf(addresses['peerPort'])];
  if (id === undefined || host === undefined || adminPort === undefined) return undefined;
  return {
    id,
    voter: record['voter'] === true,
    host,
    adminPort,
    peerPort: peerPort ?? 0,
    connected: record['connected'] === true,
    lagSlots: numberOf(record['lagSlots']),
    roundTripMs: numberOf(record['roundTripMs']),
  };
}

function parseData(value: unknown): DataReport | undefined {
  const record = recordOf(value);
  const bytes = numberOf(record['bytes']);
  if (bytes === undefined) return undefined;
  return { bytes, quotaBytes: numberOf(record['quotaBytes']) ?? 0, diskFull: record['diskFull'] === true };
}

function parseLatencies(value: unknown): Latencies | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = recordOf(value);
  return {
    round: parseLatency(record['round']),
    fsync: parseLatency(record['fsync']),
    command: parseLatency(record['command']),
  };
}

function parseLatency(value: unknown): Latency {
  const record = recordOf(value);
  return {
    rate: numberOf(record['rate']) ?? 0,
    meanMs: numberOf(record['meanMs']),
    p99Ms: numberOf(record['p99Ms']),
  };
}

function parseHappening(value: unknown): Happening | undefined {
  const { atMs, text } = recordOf(value);
  return typeof atMs === 'number' && typeof text === 'string' ? { atMs, text } : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

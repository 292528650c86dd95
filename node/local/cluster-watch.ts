/**
 * Asks every replica's admin port how it is, over and over, and tells what changed. The replicas'
 * answers are the only truth here: a process that runs is not yet a replica that serves.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Addresses } from '../src/paxos/configuration.ts';
import { AdminClient } from './admin-client.ts';

/** What one replica says of itself. */
export interface ReplicaReport {
  /** 12 hexadecimal digits, as replicas are named everywhere. */
  readonly id: string;
  readonly role: string;
  /** The id of the replica that leads, as far as this one knows. */
  readonly leader: string | undefined;
  readonly ready: boolean;
  readonly unreadyReasons: readonly string[];
}

/** By index; undefined for a replica that doesn't answer. */
export type ClusterReport = readonly (ReplicaReport | undefined)[];

/** Often enough to look immediate, seldom enough to cost nothing. */
const POLL_MS = 250;

/** Asks once. */
export async function reportOf(
  addresses: readonly Addresses[],
  client = new AdminClient(),
): Promise<ClusterReport> {
  return await Promise.all(
    addresses.map(async (each) => {
      const answer = await client.get(each, '/v1/status');
      return answer?.code === 200 ? parseReport(answer.body) : undefined;
    }),
  );
}

/** Index of the replica that leads and that a majority calls the leader; undefined when there is none. */
export function leaderOf(report: ClusterReport): number | undefined {
  const index = report.findIndex((each) => each?.role === 'leader' && each.ready);
  const id = report[index]?.id;
  const believers = report.filter((each) => each !== undefined && each.leader === id).length;
  return id !== undefined && believers > report.length / 2 ? index : undefined;
}

export function allReady(report: ClusterReport): boolean {
  return report.every((each) => each?.ready === true) && leaderOf(report) !== undefined;
}

/** Hands each new report to `observe` until the signal aborts. */
export async function watchCluster(
  addresses: readonly Addresses[],
  client: AdminClient,
  observe: (report: ClusterReport) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const report = await reportOf(addresses, client);
    if (signal.aborted) return;
    observe(report);
    // An aborted pause is the normal end, and the loop's condition sees it.
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function parseReport(value: unknown): ReplicaReport | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, role, leader, ready, unreadyReasons } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof role !== 'string' || typeof ready !== 'boolean') return undefined;
  return {
    id,
    role,
    leader: typeof leader === 'string' ? leader : undefined,
    ready,
    unreadyReasons: Array.isArray(unreadyReasons) ? unreadyReasons.map(String) : [],
  };
}

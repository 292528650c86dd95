/** A cluster of three as a console may see it, and ways to make it worse. */
import assert from 'node:assert/strict';
import { type Asked, type ClusterView, viewOf } from '../console/cluster-view.ts';
import type { Lapses } from '../console/lapses.ts';
import { type MemberReport, parseSelf, type SelfReport } from '../console/self-report.ts';

const IDS = ['00000000000a', '00000000000b', '00000000000c', '00000000000d', '00000000000e'] as const;
export const [A, B, C, D] = IDS;

export interface World {
  readonly here: SelfReport;
  readonly asked: Map<string, Asked>;
  readonly lapses: Lapses;
}

export function member(id: string, changes: Partial<MemberReport> = {}): MemberReport {
  const [host, adminPort, peerPort] = [`shop-${IDS.indexOf(id as typeof A)}.peers.shop.svc`, 9_379, 7_379];
  const measured = { connected: true, lagSlots: undefined, roundTripMs: undefined };
  return { id, voter: true, host, adminPort, peerPort, ...measured, ...changes };
}

export const MEMBERS = [member(A), member(B), member(C)];

export function report(id: string, changes: Partial<SelfReport> = {}): SelfReport {
  const role = id === A ? 'leader' : 'follower';
  const said = parseSelf({
    id,
    role,
    ballot: `4.${A}`,
    leader: A,
    release: '0.1.0',
    ready: true,
    members: [],
  });
  assert(said !== undefined);
  const marks = { chosen: 5_000, applied: 5_000, durable: 5_000 };
  const data = { bytes: 10, quotaBytes: 0, diskFull: false };
  return { ...said, ...marks, data, members: MEMBERS, ...changes };
}

export function answers(...reports: readonly SelfReport[]): Map<string, Asked> {
  return new Map(reports.map((each) => [each.id, { kind: 'answer', report: each }]));
}

export function viewWith(here: SelfReport, asked: ReadonlyMap<string, Asked>, lapses = WELL): ClusterView {
  return { ...viewOf(here, asked), ...lapses };
}

export const WELL: Lapses = { leaderlessMs: 0, stillMs: 0 };
export const REFUSED: Asked = { kind: 'refused', why: 'it answers 401' };
export const SILENT: Asked = { kind: 'silent', why: 'nobody listens at its address' };

export function cutFrom(...ids: readonly string[]): MemberReport[] {
  return MEMBERS.map((each) => ({ ...each, connected: !ids.includes(each.id) }));
}

/** Three replicas of which nothing is to be said; A leads, and B serves the page. */
export function world(changes: Partial<World> = {}): World {
  return { here: report(B), asked: answers(report(A), report(C)), lapses: WELL, ...changes };
}

/** Who is silent has no link, either. */
export function withAsked(...entries: readonly (readonly [string, Asked])[]): World {
  const silent = entries.filter(([, { kind }]) => kind === 'silent').map(([id]) => id);
  const all = world({ here: report(B, { members: cutFrom(...silent) }) });
  for (const [id, asked] of entries) all.asked.set(id, asked);
  return all;
}

export function answer(id: string, changes: Partial<SelfReport>): readonly [string, Asked] {
  return [id, { kind: 'answer', report: report(id, changes) }];
}

/** The whole cluster as the replica that serves the console sees it: its own report and the others' put together. */
import type { Lapses } from './lapses.ts';
import type { MemberReport, SelfReport } from './self-report.ts';
import { waitsFor } from './waits-for.ts';

/** What came of asking a member last. */
export type Asked =
  | { readonly kind: 'answer'; readonly report: SelfReport }
  /** Nobody at its address, or nothing in time. */
  | { readonly kind: 'silent'; readonly why: string }
  /** It wants a secret that this replica does not have. */
  | { readonly kind: 'refused'; readonly why: string };

export type MemberState = 'answers' | 'silent' | 'refuses' | 'lost';

export interface ReplicaView {
  readonly id: string;
  /** For people: the first part of its host's name, or its address where that has none. */
  readonly name: string;
  readonly address: string;
  readonly voter: boolean;
  /** It serves this page. */
  readonly isHere: boolean;
  /** `lost`: its address answers as somebody else, or for another cluster, so the disk with its id is gone. */
  readonly state: MemberState;
  /** Its address answers for another cluster. */
  readonly isElsewhere: boolean;
  /** It runs, by what is known here: it answers, if only to refuse, or is linked to the replica that serves the page. */
  readonly alive: boolean;
  /** Why it does not answer; empty when it does. */
  readonly why: string;
  /** Slots behind the leader, by what both say; undefined when one of them is not known. */
  readonly lagSlots: number | undefined;
  /** Whether the leader is linked to it; undefined when nobody leads, or at the leader itself. */
  readonly linked: boolean | undefined;
  /** What it said; undefined when it does not answer. */
  readonly report: SelfReport | undefined;
  /** What it waits for, in words; empty when for nothing. */
  readonly waitsFor: readonly string[];
}

export interface ClusterView extends Lapses {
  readonly here: SelfReport;
  readonly replicas: readonly ReplicaView[];
  /** The replica that leads in the highest ballot; one that can't be asked, by what the replica knows that serves the page. */
  readonly leader: ReplicaView | undefined;
  readonly votersAnswering: number;
  readonly votersAlive: number;
  readonly voters: number;
  /** Voters that a decision takes. */
  readonly quorum: number;
}

/**
 * What is believed of the members, the leader and what lapses: an address may have got another owner, and one of another cluster
 * that is further on would take the page over, and be followed to addresses that must not see the cluster secret.
 */
export function countedReports(here: SelfReport, asked: ReadonlyMap<string, Asked>): readonly SelfReport[] {
  const others = [...asked].flatMap(([id, answer]) =>
    answer.kind === 'answer' && answer.report.id === id && answer.report.cluster === here.cluster
      ? [answer.report]
      : [],
  );
  return [here, ...others];
}

/** Of those that are known, the members as the replica sees them that is furthest on. */
export function newestMembers(reports: readonly SelfReport[]): readonly MemberReport[] {
  const [first, ...others] = reports.filter(({ members }) => members.length > 0);
  if (first === undefined) return [];
  return others.reduce((newest, each) => (each.chosen > newest.chosen ? each : newest), first).members;
}

export function viewOf(here: SelfReport, asked: ReadonlyMap<string, Asked>): Omit<ClusterView, keyof Lapses> {
  const reports = countedReports(here, asked);
  const members = newestMembers(reports);
  const leading = leaderOf(
    reports.filter(({ id }) => id === here.id || members.some((each) => each.id === id)),
  );
  const replicas = members.map((member) => replicaView(member, here, asked, leading));
  const voters = replicas.filter(({ voter }) => voter);
  return {
    here,
    replicas,
    leader: replicas.find(({ id }) => id === leading?.id) ?? unaskedLeader(here, replicas),
    votersAnswering: voters.filter(({ state }) => state === 'answers').length,
    votersAlive: voters.filter(({ alive }) => alive).length,
    voters: voters.length,
    quorum: Math.floor(voters.length / 2) + 1,
  };
}

/** One that was deposed and does not know it yet leads in a lower ballot. */
export function leaderOf(reports: readonly SelfReport[]): SelfReport | undefined {
  return reports.filter(({ role }) => role === 'leader').toSorted((a, b) => roundOf(b) - roundOf(a))[0];
}

/** One that answers and does not say that it leads does not. */
function unaskedLeader({ leader }: SelfReport, replicas: readonly ReplicaView[]): ReplicaView | undefined {
  return replicas.find(({ id, alive, state }) => id === leader && alive && state !== 'answers');
}

function replicaView(
  member: MemberReport,
  here: SelfReport,
  asked: ReadonlyMap<string, Asked>,
  leading: SelfReport | undefined,
): ReplicaView {
  const isHere = member.id === here.id;
  const answer: Asked = isHere
    ? { kind: 'answer', report: here }
    : (asked.get(member.id) ?? { kind: 'silent', why: 'it has not been asked yet' });
  const isElsewhere = answer.kind === 'answer' && isOfAnother(answer.report.cluster, here.cluster);
  const isLost = answer.kind === 'answer' && (isElsewhere || answer.report.id !== member.id);
  const report = answer.kind === 'answer' && !isLost ? answer.report : undefined;
  const state = isLost ? 'lost' : STATES[answer.kind];
  const isLinked = here.members.some(({ id, connected }) => id === member.id && connected);
  const atLeader = leading?.members.find(({ id }) => id === member.id);
  const facts = {
    id: member.id,
    name: nameOf(member),
    address: `${member.host.includes(':') ? `[${member.host}]` : member.host}:${member.adminPort}`,
    voter: member.voter,
    isHere,
    state,
    isElsewhere,
    alive: state === 'answers' || state === 'refuses' || isLinked,
    why: isLost ? otherOwner(answer.report, isElsewhere) : answer.kind === 'answer' ? '' : answer.why,
    lagSlots:
      report === undefined || leading === undefined ? undefined : Math.max(0, leading.chosen - report.chosen),
    linked: leading === undefined || leading.id === member.id ? undefined : atLeader?.connected,
    report,
  } as const;
  return { ...facts, waitsFor: waitsFor(facts) };
}

const STATES = { answer: 'answers', silent: 'silent', refused: 'refuses' } as const;

/** One that has not been taken in yet is of none. */
function isOfAnother(theirs: string | undefined, ours: string | undefined): boolean {
  return theirs !== undefined && theirs !== ours;
}

function otherOwner({ id, cluster = '' }: SelfReport, isElsewhere: boolean): string {
  return isElsewhere
    ? `its address answers for another cluster, ${cluster.slice(0, 8)}, as ${id}`
    : `its address answers as ${id}`;
}

function roundOf({ ballot }: SelfReport): number {
  return Number(ballot.slice(0, ballot.indexOf('.')));
}

/** An address has no part that tells replicas apart but its port. */
function nameOf({ host, adminPort }: MemberReport): string {
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
  if (isAddress) return `${host.includes(':') ? `[${host}]` : host}:${adminPort}`;
  const [label = host] = host.split('.');
  return label === 'localhost' ? `localhost:${adminPort}` : label;
}

/** What goes to the page each second, and nothing that it does not show: a frame of the largest cluster stays below 128 KiB. */
import type { ClusterView, ReplicaView } from './cluster-view.ts';
import { type Finding, findingsOf } from './findings.ts';
import type { Happening } from './happenings.ts';
import type { KeyTerms } from './key-access.ts';
import type { SelfReport } from './self-report.ts';

/** Of all replicas together: what a person reads. */
const HAPPENINGS_SHOWN_MAX = 60;

export interface ShownHappening extends Happening {
  /** The replica that tells it. */
  readonly by: string;
}

/** Without what only the members themselves need. */
export type ShownReport = Omit<SelfReport, 'members' | 'happenings'>;

export type ShownReplica = Omit<ReplicaView, 'report'> & {
  readonly report: ShownReport | undefined;
  /** From the one that serves the page to this one, and back. */
  readonly roundTripMs: number | undefined;
};

export interface Frame extends Pick<ClusterView, 'votersAnswering' | 'voters' | 'quorum'> {
  /** By the clock of the replica that serves the page. */
  readonly atMs: number;
  readonly findings: readonly Finding[];
  readonly here: ShownReport;
  readonly replicas: readonly ShownReplica[];
  readonly leader: string | null;
  /** Newest first. */
  readonly happenings: readonly ShownHappening[];
  readonly keys: KeyTerms;
}

export function frameOf(view: ClusterView, keys: KeyTerms, atMs: number): Frame {
  const { here, replicas, leader, votersAnswering, voters, quorum } = view;
  const reports = [here, ...replicas.flatMap(({ report, isHere }) => (report && !isHere ? [report] : []))];
  return {
    atMs,
    findings: findingsOf(view),
    here: shown(here),
    replicas: replicas.map((replica) => ({
      ...replica,
      report: replica.report && shown(replica.report),
      roundTripMs: here.members.find(({ id }) => id === replica.id)?.roundTripMs,
    })),
    leader: leader?.id ?? null,
    votersAnswering,
    voters,
    quorum,
    happenings: reports
      .flatMap(({ id, happenings }) => happenings.map((each) => ({ ...each, by: id })))
      .toSorted((a, b) => b.atMs - a.atMs)
      .slice(0, HAPPENINGS_SHOWN_MAX),
    keys,
  };
}

function shown({ members: _members, happenings: _happenings, ...report }: SelfReport): ShownReport {
  return report;
}

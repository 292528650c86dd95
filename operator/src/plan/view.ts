/**
 * What the observations say about the cluster as a whole. Who the members are is taken from a leader only, and only from one
 * that a quorum of its own voters confirms in the same look: they answered, follow it, and none has promised a
 * higher ballot. One that was frozen and woke up still says that it leads, and names members of the past.
 */
import {
  type Observed,
  type ObservedPod,
  ordinalOf,
  type ReplicaReport,
  type ReportedMember,
} from './observed.ts';

/** More than what is in flight when clients write as fast as they can: further behind, a voter has not caught up. */
export const CAUGHT_UP_LAG_SLOTS_MAX = 64;

/** A member of the cluster, with what is known of the pod that it lives in. */
export interface Member {
  readonly id: string;
  readonly voter: boolean;
  readonly leads: boolean;
  /** Of the pod at its address; undefined when it is no pod of this cluster. */
  readonly ordinal: number | undefined;
  /** The pod of that ordinal, whoever lives in it now. */
  readonly pod: ObservedPod | undefined;
  /** What the member itself said; undefined when its pod did not answer, or answered as somebody else. */
  readonly report: ReplicaReport | undefined;
  /** Somebody else answers at its place: its own disk is gone. */
  readonly displaced: boolean;
  /** As the leader sees it. */
  readonly connected: boolean;
  readonly lagSlots: number | undefined;
  /** It has all that was acknowledged, it runs, and nobody is ending it. */
  readonly caughtUp: boolean;
}

/** A cluster with a leader that a quorum confirms. */
export interface ClusterView {
  readonly clusterId: string;
  readonly leader: Member;
  /** Where the leader answers. */
  readonly leaderPod: string;
  readonly members: readonly Member[];
  readonly voters: readonly Member[];
  readonly learners: readonly Member[];
  readonly removed: ReadonlySet<string>;
  /** The leader says that a change of the members is not complete. */
  readonly changeUnderWay: boolean;
  /**
   * The leader says that none is: only then is nobody needed but the members. While a change is merely chosen, the members of
   * before have a say, and who is absent from the newest ones may be the one without whom nothing is ever chosen again.
   */
  readonly settled: boolean;
}

export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Safety rule 8, for a pod that is ended for a while: without it, as many voters as a quorum have caught up. */
export function mayMiss(view: ClusterView, id: string): boolean {
  return caughtUpWithout(view, id) >= quorumOf(view.voters.length);
}

/** Safety rule 8, for a voter that leaves: the others are a quorum of what remains. */
export function mayLeave(view: ClusterView, id: string): boolean {
  const remaining = view.voters.filter((voter) => voter.id !== id).length;
  return remaining > 0 && caughtUpWithout(view, id) >= quorumOf(remaining);
}

function caughtUpWithout(view: ClusterView, id: string): number {
  return view.voters.filter((voter) => voter.caughtUp && voter.id !== id).length;
}

/** Those that answered as members of the cluster of this id, or as on their way into it. */
export function reportsOf(observed: Observed, clusterId: string | undefined): [string, ReplicaReport][] {
  return [...observed.reports].filter(([, report]) => report.cluster === clusterId);
}

/** Undefined while no leader is known for certain. */
export function viewOf(observed: Observed, clusterId: string | undefined): ClusterView | undefined {
  if (clusterId === undefined) return undefined;
  const reports = reportsOf(observed, clusterId);
  const claim = highestClaim(reports);
  if (claim === undefined) return undefined;
  const [leaderPod, leading] = claim;
  if (!isConfirmed(leading, reports)) return undefined;
  const members = leading.members.map((member) => memberOf(member, observed, clusterId, leading.id));
  const leader = members.find(({ leads }) => leads);
  if (leader === undefined) return undefined;
  return {
    clusterId,
    leader,
    leaderPod,
    members,
    voters: members.filter(({ voter }) => voter),
    learners: members.filter(({ voter }) => !voter),
    removed: new Set(leading.removed),
    changeUnderWay: leading.changeUnderWay === true,
    settled: leading.changeUnderWay === false,
  };
}

function highestClaim(
  reports: readonly (readonly [string, ReplicaReport])[],
): readonly [string, ReplicaReport] | undefined {
  return reports
    .filter(([, { role }]) => role === 'leader')
    .reduce<readonly [string, ReplicaReport] | undefined>(
      (best, each) =>
        best === undefined || compareBallots(each[1].ballot, best[1].ballot) > 0 ? each : best,
      undefined,
    );
}

function isConfirmed(
  leading: ReplicaReport,
  reports: readonly (readonly [string, ReplicaReport])[],
): boolean {
  const voters = leading.members.filter(({ voter }) => voter).map(({ id }) => id);
  const confirming = new Set(
    reports
      .map(([, report]) => report)
      .filter(({ id, leader }) => leader === leading.id && voters.includes(id))
      .filter(({ promised }) => compareBallots(promised, leading.ballot) <= 0)
      .map(({ id }) => id),
  );
  return confirming.size >= quorumOf(voters.length);
}

function memberOf(
  { id, voter, host, connected, lagSlots }: ReportedMember,
  observed: Observed,
  clusterId: string,
  leaderId: string,
): Member {
  const ordinal = ordinalOf(observed.name, host.split('.')[0] ?? '');
  const pod = observed.pods.find((each) => each.ordinal === ordinal);
  const answer = pod === undefined ? undefined : observed.reports.get(pod.name);
  const report = answer?.id === id && answer.cluster === clusterId ? answer : undefined;
  const level = connected && lagSlots !== undefined && lagSlots <= CAUGHT_UP_LAG_SLOTS_MAX;
  return {
    id,
    voter,
    leads: id === leaderId,
    ordinal,
    pod,
    report,
    displaced: answer !== undefined && answer.id !== id,
    connected,
    lagSlots,
    // Nobody here can ask a member that is no pod of this cluster: the leader's word is all there is.
    caughtUp: level && (ordinal === undefined || (report?.ready === true && pod?.deleting === false)),
  };
}

/** Negative when `left` is the lower one: `7.3f9a00c1d2e4` as text. */
export function compareBallots(left: string, right: string): number {
  const [leftRound = '', leftReplica = ''] = left.split('.');
  const [rightRound = '', rightReplica = ''] = right.split('.');
  if (leftRound !== rightRound) return Number(leftRound) - Number(rightRound);
  return leftReplica < rightReplica ? -1 : leftReplica > rightReplica ? 1 : 0;
}

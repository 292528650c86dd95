/**
 * Rule 4: the operator rolls pods itself. Broken ones go first, since nobody misses them and a bad image must not stand in the way
 * of its own repair; then one at a time, each when those before it are back; the leader last, after it handed over.
 */
import type { Action, DeletionReason, Step } from '../decision.ts';
import type { Observed, ObservedPod } from '../observed.ts';
import type { QuorumFinding } from '../quorum.ts';
import { type ClusterView, type Member, mayMiss } from '../view.ts';
import { isFresh } from './bootstrap.ts';
import { TRANSFERS_MAX } from './scale-down.ts';

/** Without a quorum for so long, a pod that answers serves nobody: an election takes a second or two. */
export const LEADERLESS_MS = 30_000;

export function roll(
  observed: Observed,
  view: ClusterView | undefined,
  found: QuorumFinding,
): Step | undefined {
  const { statefulSet } = observed;
  // Before its controller has seen the newest template, nobody knows which pods are outdated.
  if (statefulSet === undefined || !statefulSet.current) return undefined;
  const outdated = observed.pods.filter(
    ({ revision, deleting }) => revision !== statefulSet.updateRevision && !deleting,
  );
  if (outdated.length === 0) return undefined;
  const broken = outdated.find((pod) => isBroken(pod, observed, view));
  if (broken !== undefined)
    return remove(broken, 'Broken', `${broken.name} is outdated and does not serve: it is made anew`);
  return view === undefined
    ? rollLeaderless(observed, found, outdated)
    : rollServing(observed, view, outdated);
}

/**
 * True only on evidence that it serves nobody. That it does not answer the operator is none: a network policy may stand between
 * the two, while clients are served.
 */
export function isBroken(pod: ObservedPod, observed: Observed, view: ClusterView | undefined): boolean {
  const report = observed.reports.get(pod.name);
  if (report !== undefined && isFresh(report)) return true;
  const answers = report !== undefined || pod.ready;
  const home = view?.members.find(({ ordinal }) => ordinal === pod.ordinal);
  // Of a member of before, whose vote may be needed still, the leader tells nothing.
  if (view === undefined || (home === undefined && !view.settled)) return !pod.running && !answers;
  const connected = view.members.some(({ ordinal, connected: is }) => ordinal === pod.ordinal && is);
  return !connected && !answers;
}

function rollServing(
  observed: Observed,
  view: ClusterView,
  outdated: readonly ObservedPod[],
): Step | undefined {
  if (view.changeUnderWay)
    return wait('ChangingMembers', 'the members are being changed: nobody is restarted until that is done');
  const isOutdated = (member: Member): boolean => outdated.some(({ name }) => name === member.pod?.name);
  const absent = view.voters.find(
    (voter) => !isServing(voter) && voter.ordinal !== undefined && !isOutdated(voter),
  );
  if (absent !== undefined) {
    return wait(
      'WaitingForMember',
      `${observed.name}-${absent.ordinal} is not back and ready with all data yet: nobody else is restarted`,
    );
  }
  const candidates = outdated
    .map((pod) => ({
      pod,
      member: view.members.find(({ pod: home, displaced }) => home?.name === pod.name && !displaced),
    }))
    .toSorted(
      (left, right) => rank(left.member) - rank(right.member) || right.pod.ordinal - left.pod.ordinal,
    );
  const [next] = candidates;
  if (next === undefined) return undefined;
  const { pod, member } = next;
  if (member === undefined || !member.voter) {
    return remove(pod, 'Outdated', `${pod.name} is outdated and has no vote: it is made anew`);
  }
  if (view.voters.length === 1 && observed.spec.replicas === 1) {
    const step = remove(pod, 'Outdated', `${pod.name} is outdated: it is made anew`);
    const message = `${pod.name} is the only replica: the cluster does not serve until it is back`;
    return { ...step, event: { type: 'Warning', reason: 'RollIsOutage', message } };
  }
  if (!mayMiss(view, member.id)) {
    return wait(
      'WaitingForQuorum',
      `${pod.name} is outdated, and goes on until a quorum of the others has caught up`,
    );
  }
  if (member.leads && observed.transferFailures < TRANSFERS_MAX) {
    const heir = view.voters.find((voter) => !voter.leads && voter.caughtUp);
    if (heir === undefined)
      return wait('WaitingForHeir', `${pod.name} is outdated and leads: nobody else has caught up`);
    return {
      reason: 'TransferringLead',
      message: `${pod.name} is outdated and hands the lead to replica ${heir.id}`,
      actions: [{ kind: 'transfer', leaderPod: view.leaderPod, to: heir.id }],
    };
  }
  const message = `${pod.name} is outdated: it is made anew`;
  return remove(pod, 'Outdated', message, { evicts: isServing(member) });
}

/** Who is missed least goes first, the leader last. */
function rank(member: Member | undefined): number {
  if (member === undefined || !member.voter) return 0;
  if (member.leads && member.caughtUp) return 3;
  return isServing(member) ? 2 : 1;
}

/** With all data, and with clients: until the kubelet has asked it again, the Service sends it none. */
function isServing({ caughtUp, pod }: Member): boolean {
  return caughtUp && pod?.ready === true;
}

/** Nobody leads, so nobody serves: what keeps the replicas apart may be the very thing that the new template mends. */
function rollLeaderless(
  observed: Observed,
  found: QuorumFinding,
  outdated: readonly ObservedPod[],
): Step | undefined {
  const quorum = observed.status.conditions.find(({ type }) => type === 'QuorumAvailable');
  // On evidence of this look: that too few answer is none.
  const isCertain = found.kind === 'lost' || found.kind === 'leaderless';
  const isLong = isCertain && quorum?.status === 'False' && observed.nowMs - quorum.sinceMs >= LEADERLESS_MS;
  if (!isLong)
    return wait(
      'WaitingForQuorum',
      `${outdated.length} pods are outdated, and are let be until a leader is known`,
    );
  const count = observed.statefulSet?.replicas ?? 0;
  const starting = observed.pods.find((pod) => pod.deleting || (!outdated.includes(pod) && !pod.running));
  if (observed.pods.length < count || starting !== undefined) {
    return wait('WaitingForMember', 'a pod is being made anew: nobody else is restarted');
  }
  const [pod] = outdated.toSorted((left, right) => right.ordinal - left.ordinal);
  if (pod === undefined) return undefined;
  return remove(
    pod,
    'Outdated',
    `${pod.name} is outdated, and without a leader it serves nobody: it is made anew`,
  );
}

/**
 * A budget is asked for a voter that serves, and for nobody else: whom nobody misses must not wait for others to be healthy, since a
 * new template may be what mends them; and of a single replica a roll is an outage anyway.
 */
function remove(
  pod: ObservedPod,
  why: DeletionReason,
  message: string,
  { evicts }: { readonly evicts: boolean } = { evicts: false },
): Step {
  const action: Action = { kind: 'deletePod', pod: { name: pod.name, uid: pod.uid }, why, evicts };
  return {
    reason: 'RollingUpdate',
    message,
    actions: [action],
    event: { type: 'Normal', reason: `${why}PodDeleted`, message },
  };
}

function wait(reason: string, message: string): Step {
  return { reason, message, actions: [] };
}

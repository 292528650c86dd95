/** Rule 3, upwards: pod → learner → caught up → voter, one at a time. */
import type { Step } from '../decision.ts';
import { type Observed, type ObservedPod, podName, type ReplicaReport } from '../observed.ts';
import { type ClusterView, quorumOf } from '../view.ts';

export function addLearner(observed: Observed, view: ClusterView): Step | undefined {
  // One whose pod is down holds nobody up: it may never come back.
  const catchingUp = view.learners.find(({ connected, displaced }) => connected && !displaced);
  if (catchingUp !== undefined) return undefined;
  const places = Array.from({ length: observed.spec.replicas }, (_, ordinal) => ordinal);
  for (const ordinal of places) {
    if (view.members.some((member) => member.ordinal === ordinal)) continue;
    const name = podName(observed.name, ordinal);
    const pod = observed.pods.find((each) => each.name === name);
    const report = observed.reports.get(name);
    if (pod === undefined || report === undefined || !canJoin(report, pod, view)) continue;
    return {
      reason: 'AddingMember',
      message: `${name} joins as replica ${report.id}, without a vote until it has caught up`,
      actions: [{ kind: 'addLearner', leaderPod: view.leaderPod, id: report.id, pod: name }],
      event: { type: 'Normal', reason: 'MemberAdded', message: `${name} joins as replica ${report.id}` },
    };
  }
  const missing = places.find((ordinal) => !view.members.some((member) => member.ordinal === ordinal));
  if (missing === undefined) return undefined;
  return {
    reason: 'WaitingForPod',
    message: `${podName(observed.name, missing)} is to join, and does not answer as a fresh replica yet`,
    actions: [],
  };
}

/** It is nobody else's, and was never removed. */
export function canJoin(
  { id, cluster }: ReplicaReport,
  { deleting }: ObservedPod,
  view: ClusterView,
): boolean {
  return !deleting && !view.removed.has(id) && (cluster === undefined || cluster === view.clusterId);
}

export function promote(observed: Observed, view: ClusterView): Step | undefined {
  const learner = view.learners.find(
    ({ id, ordinal, displaced }) =>
      ordinal !== undefined &&
      ordinal < observed.spec.replicas &&
      !displaced &&
      // Two of one place: the one that lost its disk goes first.
      !view.members.some((other) => other.id !== id && other.ordinal === ordinal),
  );
  if (learner === undefined) return undefined;
  const name = podName(observed.name, learner.ordinal ?? 0);
  if (!learner.caughtUp) {
    return { reason: 'CatchingUp', message: `${name} catches up, as replica ${learner.id}`, actions: [] };
  }
  const caughtUp = view.voters.filter((voter) => voter.caughtUp).length + 1;
  if (caughtUp < quorumOf(view.voters.length + 1)) {
    return {
      reason: 'WaitingForQuorum',
      message: `${name} gets a vote when a quorum of the voters with it has caught up`,
      actions: [],
    };
  }
  return {
    reason: 'PromotingMember',
    message: `${name} has caught up and gets a vote, as replica ${learner.id}`,
    actions: [{ kind: 'promote', leaderPod: view.leaderPod, id: learner.id }],
    event: { type: 'Normal', reason: 'MemberPromoted', message: `${name} votes, as replica ${learner.id}` },
  };
}

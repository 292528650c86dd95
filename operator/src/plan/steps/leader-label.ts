/** The label that the leader's Service selects by. Only a shortcut: every pod takes every request. */
import type { Action } from '../decision.ts';
import type { Observed } from '../observed.ts';
import type { ClusterView } from '../view.ts';

export function labelLeader(observed: Observed, view: ClusterView): Action[] {
  const leads = (name: string): boolean => name === view.leaderPod;
  return observed.pods
    .filter((pod) => !pod.deleting && pod.labelledLeader !== leads(pod.name))
    .toSorted((left, right) => Number(leads(right.name)) - Number(leads(left.name)))
    .map((pod) => ({ kind: 'labelLeader', pod: { name: pod.name, uid: pod.uid }, leads: leads(pod.name) }));
}

/** Without it the leader's Service takes every pod that is ready. */
export function isLeaderReachable(observed: Observed, view: ClusterView | undefined): boolean {
  return observed.pods.some(
    ({ name, labelledLeader, ready, deleting }) =>
      ready && !deleting && (view === undefined ? labelledLeader : name === view.leaderPod),
  );
}

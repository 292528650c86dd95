/**
 * Rule 5: a lost volume heals by itself. Who lives in the pod now is a stranger with an id of its own: it comes in as a learner,
 * the old id goes when the stranger has everything, and then the stranger gets the vote. The old id goes first because its
 * vote is lost anyway: with it, a quorum would be counted of one voter more.
 */
import type { Step } from '../decision.ts';
import type { Observed } from '../observed.ts';
import { type ClusterView, type Member, mayLeave } from '../view.ts';
import { canJoin } from './scale-up.ts';

export function healLostVolume(observed: Observed, view: ClusterView): Step | undefined {
  const displaced = view.members
    .filter(({ displaced: is, ordinal }) => is && ordinal !== undefined && ordinal < observed.spec.replicas)
    .toSorted(
      (left, right) => Number(left.voter) - Number(right.voter) || (left.ordinal ?? 0) - (right.ordinal ?? 0),
    );
  let waiting: Step | undefined;
  for (const member of displaced) {
    const step = replace(member, observed, view);
    if (step !== undefined && step.actions.length > 0) return step;
    waiting ??= step;
  }
  return waiting;
}

function replace(lost: Member, observed: Observed, view: ClusterView): Step | undefined {
  const pod = lost.pod;
  const answer = pod === undefined ? undefined : observed.reports.get(pod.name);
  if (pod === undefined || answer === undefined) return undefined;
  const successor = view.members.find(({ id }) => id === answer.id);
  // A member that lives elsewhere has not taken this place: it was asked at an address that was another pod's before.
  if (successor !== undefined && successor.ordinal !== lost.ordinal) return undefined;
  const { leaderPod } = view;
  const removal = (): Step => ({
    reason: 'ReplacingLostVolume',
    message: `replica ${lost.id} lost the volume of ${pod.name} and leaves for good`,
    actions: [{ kind: 'removeMember', leaderPod, id: lost.id }],
    event: {
      type: 'Warning',
      reason: 'VolumeLost',
      message: `the volume of ${pod.name} was lost: replica ${lost.id} leaves, ${answer.id} takes its place`,
    },
  });
  // A learner has no vote to be missed.
  if (!lost.voter) return removal();
  if (successor === undefined) {
    if (!canJoin(answer, pod, view)) return undefined;
    return {
      reason: 'ReplacingLostVolume',
      message: `${pod.name} lost its volume: replica ${answer.id} joins in place of ${lost.id}`,
      actions: [{ kind: 'addLearner', leaderPod, id: answer.id, pod: pod.name }],
      event: {
        type: 'Warning',
        reason: 'VolumeLost',
        message: `the volume of ${pod.name} was lost: replica ${answer.id} joins in place of ${lost.id}`,
      },
    };
  }
  if (!successor.caughtUp) {
    return wait(`${pod.name} lost its volume: replica ${successor.id} catches up`);
  }
  if (!mayLeave(view, lost.id)) {
    return wait(
      `replica ${lost.id} lost its volume and stays a member until a quorum of the others has caught up`,
    );
  }
  return removal();
}

function wait(message: string): Step {
  return { reason: 'ReplacingLostVolume', message, actions: [] };
}

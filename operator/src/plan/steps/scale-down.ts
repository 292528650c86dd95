/**
 * Rule 3, downwards: the lead off the top ordinal → its removal is committed → its volume is marked → its pod goes, and the volume
 * by the policy of the stateful set. Each of these is seen to be done before the next one begins.
 */
import type { Step } from '../decision.ts';
import type { Observed } from '../observed.ts';
import { type ClusterView, mayLeave } from '../view.ts';

export function removeTopMember(observed: Observed, view: ClusterView): Step | undefined {
  const { replicas } = observed.spec;
  const surplus = view.members
    .filter(({ ordinal }) => ordinal !== undefined && ordinal >= replicas)
    .toSorted(
      (left, right) => (right.ordinal ?? 0) - (left.ordinal ?? 0) || Number(left.voter) - Number(right.voter),
    );
  const [highest] = surplus;
  if (highest === undefined) return undefined;
  // One below it that lost its disk may have to go first: with its dead vote gone, the highest can be spared.
  const top = surplus.find((member) => !member.voter || mayLeave(view, member.id));
  if (top === undefined) {
    return {
      reason: 'WaitingForQuorum',
      message: `${observed.name}-${highest.ordinal} is to leave, and stays until a quorum of the others has caught up`,
      actions: [],
    };
  }
  const place = `${observed.name}-${top.ordinal}`;
  if (top.leads) {
    const heir = view.voters.find(
      ({ caughtUp, ordinal }) => caughtUp && ordinal !== undefined && ordinal < replicas,
    );
    if (heir === undefined) {
      return {
        reason: 'WaitingForHeir',
        message: `${place} leads and is to leave: nobody who stays has caught up`,
        actions: [],
      };
    }
    // After that many attempts the removal itself has to end the leadership.
    if (observed.transferFailures < TRANSFERS_MAX) {
      return {
        reason: 'TransferringLead',
        message: `${place} is to leave and hands the lead to replica ${heir.id}`,
        actions: [{ kind: 'transfer', leaderPod: view.leaderPod, to: heir.id }],
      };
    }
  }
  return {
    reason: 'RemovingMember',
    message: `${place} leaves for good, as replica ${top.id}`,
    actions: [{ kind: 'removeMember', leaderPod: view.leaderPod, id: top.id }],
    event: {
      type: 'Normal',
      reason: 'MemberRemoved',
      message: `${place} leaves for good, as replica ${top.id}`,
    },
  };
}

/** A transfer is a courtesy to clients: without it they wait for an election. */
export const TRANSFERS_MAX = 3;

import type { Condition } from '../decision.ts';
import { podName } from '../observed.ts';
import type { Situation } from '../situation.ts';

/** Whether there are as many members as asked for, each of them a voter that runs, is ready and has caught up. */
export function membersReady({ observed, view, clusterId }: Situation): Condition {
  const type = 'MembersReady';
  if (clusterId === undefined) {
    return { type, status: 'False', reason: 'NotFounded', message: 'no cluster was founded yet' };
  }
  if (view === undefined) {
    return {
      type,
      status: 'Unknown',
      reason: 'NoLeader',
      message: 'who the members are is known for certain only from a leader',
    };
  }
  const { replicas } = observed.spec;
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const here = view.members.filter((member) => member.ordinal === ordinal);
    const name = podName(observed.name, ordinal);
    const member = here.find(({ displaced }) => !displaced);
    if (member === undefined)
      return { type, status: 'False', reason: 'MemberMissing', message: `${name} is no member yet` };
    if (!member.voter)
      return {
        type,
        status: 'False',
        reason: 'MemberLearning',
        message: `${name} catches up and has no vote yet`,
      };
    if (!member.caughtUp || member.pod?.ready !== true) {
      return { type, status: 'False', reason: 'MemberNotReady', message: `${name} is not ready` };
    }
  }
  const surplus = view.members.filter(
    ({ ordinal, displaced }) => ordinal === undefined || ordinal >= replicas || displaced,
  );
  if (surplus.length > 0) {
    const message = `more members than asked for: ${surplus.map(({ id }) => `replica ${id}`).join(', ')}`;
    return { type, status: 'False', reason: 'MemberLeaving', message };
  }
  return { type, status: 'True', reason: 'AllMembersReady', message: `all ${replicas} members are ready` };
}

/** Whether every pod is made of the newest template. */
export function membersUpdated({ observed }: Situation): Condition {
  const type = 'MembersUpdated';
  const { statefulSet, pods, spec } = observed;
  if (statefulSet === undefined || !statefulSet.current) {
    return {
      type,
      status: 'Unknown',
      reason: 'TemplateUnseen',
      message: 'the newest template of the pods is not in force yet',
    };
  }
  const outdated = pods.filter(({ revision }) => revision !== statefulSet.updateRevision);
  if (outdated.length > 0) {
    const hint = spec.rolls ? '' : '; spec.updateStrategy.type is OnDelete: delete them';
    const message = `${outdated.length} of ${pods.length} pods are outdated${hint}`;
    return { type, status: 'False', reason: 'PodsOutdated', message };
  }
  if (pods.length < spec.replicas) {
    return {
      type,
      status: 'False',
      reason: 'PodsMissing',
      message: `${pods.length} of ${spec.replicas} pods are there`,
    };
  }
  return {
    type,
    status: 'True',
    reason: 'AllPodsUpdated',
    message: 'every pod is made of the newest template',
  };
}

/** What is written down: facts of this look, and the latches. The same look gives the same status, so that it is written only on change. */
import type { Condition } from './decision.ts';
import type { Observed, RecordedCondition, RecordedMember, RecordedStatus } from './observed.ts';
import { ordinalOf } from './observed.ts';
import type { Course, Situation } from './situation.ts';
import { refusalOf } from './steps/recovery-request.ts';
import type { Member } from './view.ts';

/** A lag below it is what is in flight, and changes with every look. */
const LAG_TOLD_MIN = 1_024;

export function statusOf(
  situation: Situation,
  course: Course,
  conditions: readonly Condition[],
): RecordedStatus {
  const { observed, view, clusterId } = situation;
  const { statefulSet, pods, status, generation } = observed;
  if (observed.deleting) return status;
  const updated = pods.filter(
    ({ revision }) => statefulSet?.current === true && revision === statefulSet.updateRevision,
  );
  return {
    observedGeneration: generation,
    ...latchesOf(situation, course),
    leader: view?.leaderPod,
    members:
      view === undefined
        ? remembered(observed, clusterId)
        : view.members.map(recorded).toSorted(byPlace(observed.name)),
    replicas: pods.length,
    readyReplicas: pods.filter(({ ready }) => ready).length,
    updatedReplicas: updated.length,
    conditions: conditions.map((condition) => dated(condition, observed)),
  };
}

type Latches = Pick<RecordedStatus, 'clusterId' | 'bootstrap' | 'recovery' | 'refusedRecovery'>;

function latchesOf({ observed, clusterId }: Situation, { step, waiting }: Course): Latches {
  let { bootstrap, recovery } = observed.status;
  const refusal = step?.refusal ?? waiting.find((each) => each.refusal !== undefined)?.refusal;
  const refusedRecovery = refusal ?? refusalOf(observed);
  for (const action of step?.actions ?? []) {
    if (action.kind === 'recordBootstrap') bootstrap = action.latch;
    if (action.kind !== 'recordRecovery') continue;
    recovery = action.latch;
    if (recovery.done) return { clusterId: recovery.toCluster, bootstrap, recovery, refusedRecovery };
  }
  // Once the annotation is gone, the same words may be said again.
  if (recovery?.done === true && observed.recover === undefined) recovery = { ...recovery, request: '' };
  return { clusterId, bootstrap, recovery, refusedRecovery };
}

function recorded(member: Member): RecordedMember {
  const lag = member.lagSlots;
  return {
    id: member.id,
    pod: member.ordinal === undefined ? undefined : member.pod?.name,
    role: member.leads ? 'Leader' : member.voter ? 'Voter' : 'Learner',
    ready: member.report?.ready === true && member.pod?.ready === true,
    // In powers of two, so that one who catches up is not news with every look.
    lag: lag === undefined ? undefined : lag < LAG_TOLD_MIN ? 0 : 2 ** Math.floor(Math.log2(lag)),
    version: member.report?.version,
  };
}

/** Without a leader nobody knows who the members are: those that were known last, with what is known of their pods now. */
function remembered({ status, reports, pods }: Observed, clusterId: string | undefined): RecordedMember[] {
  return status.members.map(({ id, pod: name, role }) => {
    const pod = pods.find((each) => each.name === name);
    const answer = name === undefined ? undefined : reports.get(name);
    const report = answer?.id === id && answer.cluster === clusterId ? answer : undefined;
    return {
      id,
      pod: name,
      role: role === 'Leader' ? 'Voter' : role,
      ready: report?.ready === true && pod?.ready === true,
      lag: undefined,
      version: report?.version,
    };
  });
}

function byPlace(cluster: string): (left: RecordedMember, right: RecordedMember) => number {
  const place = ({ pod }: RecordedMember): number =>
    pod === undefined ? Number.MAX_SAFE_INTEGER : (ordinalOf(cluster, pod) ?? 0);
  return (left, right) => place(left) - place(right) || (left.id < right.id ? -1 : 1);
}

function dated(condition: Condition, { status, generation, nowMs }: Observed): RecordedCondition {
  const last = status.conditions.find(({ type }) => type === condition.type);
  const sinceMs = last?.status === condition.status ? last.sinceMs : nowMs;
  return { ...condition, observedGeneration: generation, sinceMs };
}

/**
 * What to do next. The rules stand in the order of their urgency; the first one that wants something done gets it, and nothing else
 * is done in this turn, since the next look sees what became of it. Labels, annotations and orders endanger nothing and
 * come along.
 */
import { conditionsOf } from './conditions/conditions.ts';
import type { Action, Decision, PlannedEvent, Step } from './decision.ts';
import type { Observed } from './observed.ts';
import { type Course, type Situation, situationOf } from './situation.ts';
import { statusOf } from './status.ts';
import { found } from './steps/bootstrap.ts';
import { healLostVolume } from './steps/heal.ts';
import { isLeaderReachable, labelLeader } from './steps/leader-label.ts';
import { ordersOf, setAside } from './steps/orders.ts';
import { podCountOf } from './steps/pod-count.ts';
import { recover } from './steps/recovery.ts';
import { roll } from './steps/roll.ts';
import { removeTopMember } from './steps/scale-down.ts';
import { addLearner, promote } from './steps/scale-up.ts';
import { annotateVolumes } from './steps/volumes.ts';
import type { ClusterView } from './view.ts';

/** Something was done: what became of it shows in a moment. */
const BUSY_MS = 500;
/** Something is waited for, or is not as it should be. */
const WAITING_MS = 2_000;
/** All is well: the replicas are asked so often, and the API server not at all. A lost quorum is to be said within 10 s. */
const RESTING_MS = 4_000;

export function decide(observed: Observed): Decision {
  const situation = situationOf(observed);
  const isHandsOff = observed.deleting || observed.spec.paused || observed.faults.length > 0;
  const course = isHandsOff ? { step: undefined, waiting: [] } : courseOf(situation);
  const status = statusOf(situation, course, conditionsOf(situation, course));
  const actions = isHandsOff ? [] : actionsOf(situation, course);
  return {
    podCount: isHandsOff ? undefined : podCountOf(observed, situation.clusterId, situation.view),
    orders:
      isHandsOff && observed.orders !== undefined ? observed.orders : ordersOf(observed, situation.view),
    leaderKnown: isLeaderReachable(observed, situation.view),
    actions,
    status,
    events: observed.deleting ? [] : eventsOf(observed, course, status.conditions),
    requeueAfterMs: pauseAfter(situation, actions, course),
  };
}

/** Every rule is asked, so that what waits can be told; only the first one with something to do does it. */
function courseOf(situation: Situation): Course {
  const { observed, view } = situation;
  const wishes: (Step | undefined)[] =
    situation.cluster.kind === 'conflict'
      ? []
      : situation.cluster.kind === 'none'
        ? [found(observed), ...rolled(situation)]
        : [
            recover(observed, situation.quorum),
            ...(view === undefined ? [] : changesOf(observed, view)),
            ...rolled(situation),
          ];
  const steps = wishes.filter((step) => step !== undefined);
  const isRecovering = observed.status.recovery?.done === false;
  return {
    step: isRecovering ? steps[0] : steps.find(({ actions }) => actions.length > 0),
    waiting: steps.filter(({ actions }) => actions.length === 0),
  };
}

/** One change of the members at a time: those of before are needed until the last one is complete. */
function changesOf(observed: Observed, view: ClusterView): (Step | undefined)[] {
  if (!view.settled) return [view.changeUnderWay ? CHANGING : NOT_TOLD];
  return [
    setAside(observed, view),
    healLostVolume(observed, view),
    removeTopMember(observed, view),
    promote(observed, view),
    addLearner(observed, view),
  ];
}

const CHANGING: Step = {
  reason: 'ChangingMembers',
  message: 'the last change of the members is not complete: those of before are needed until then',
  actions: [],
};
const NOT_TOLD: Step = {
  reason: 'ChangingMembers',
  message:
    'the leader is of an older release and does not tell whether the last change of the members is complete',
  actions: [],
};

function rolled({ observed, view, quorum }: Situation): (Step | undefined)[] {
  return observed.spec.rolls ? [roll(observed, view, quorum)] : [];
}

function actionsOf({ observed, view }: Situation, { step }: Course): Action[] {
  const actions = step?.actions ?? [];
  // An intent stands alone: what follows from it is decided when it can be read.
  if (actions.some(({ kind }) => kind === 'recordBootstrap' || kind === 'recordRecovery'))
    return [...actions];
  if (view === undefined) return [...actions];
  return [...annotateVolumes(observed, view), ...labelLeader(observed, view), ...actions];
}

function eventsOf(
  observed: Observed,
  { step, waiting }: Course,
  conditions: Decision['status']['conditions'],
): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  // What is refused, or stuck, is told once, as long as nothing else happens.
  const told = new Set(observed.status.conditions.map(({ message }) => message));
  if (step?.event !== undefined && step.actions.length > 0)
    if (step.needsPerson !== true || !told.has(step.event.message)) events.push(step.event);
  for (const { event } of waiting) if (event !== undefined && !told.has(event.message)) events.push(event);
  const before = new Map(observed.status.conditions.map((condition) => [condition.type, condition]));
  for (const { type, status, reason, message } of conditions) {
    const last = before.get(type);
    if (type !== 'QuorumAvailable' || (last?.status === status && last.reason === reason)) continue;
    if (status === 'False' && reason !== 'NotFounded') events.push({ type: 'Warning', reason, message });
    if (status === 'True') events.push({ type: 'Normal', reason, message });
  }
  return events;
}

function pauseAfter({ view }: Situation, actions: readonly Action[], { step, waiting }: Course): number {
  if (actions.length > 0) return BUSY_MS;
  return view === undefined || step !== undefined || waiting.length > 0 ? WAITING_MS : RESTING_MS;
}

/**
 * What becomes of a turn when the API server refuses something: a quota, an admission rule, a field that nobody can change. Everything goes on
 * that does not depend on it, and the status says what was refused, in the server's own words.
 */
import type { Action } from '../plan/decision.ts';
import { type Observed, ordinalOf, type RecordedCondition, type RecordedStatus } from '../plan/observed.ts';

/**
 * A replica refused, or did not answer in time; or a disruption budget does not let a pod go. Nothing is wrong with the operator, and the next
 * look sees what is so.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly action: Action;
  readonly reason: string;

  constructor(action: Action, reason: string, options?: ErrorOptions) {
    super(`${action.kind}: ${reason}`, options);
    this.action = action;
    this.reason = reason;
  }
}

export interface ApplyRefusal {
  readonly kind: string;
  readonly name: string;
  /** The server's. */
  readonly message: string;
}

/** All refusals together stay well below what a condition's message can hold. */
const REFUSAL_CHARACTERS_MAX = 1_024;

/** Whether an action would count on an object that is not what it ought to be. */
export function isHeldBack(
  action: Action,
  refusals: readonly ApplyRefusal[],
  { name, spec }: Observed,
  { members }: RecordedStatus,
): boolean {
  const isRefused = (kind: string): boolean => refusals.some((refusal) => refusal.kind === kind);
  if (action.kind === 'deletePod') {
    // The pod would be made anew of a template that is not the wanted one, or not at all.
    if (action.why === 'Outdated' || action.why === 'Broken') return isRefused('StatefulSet');
    // It would not find its orders.
    return isRefused('ConfigMap');
  }
  // Its pod could not go after it.
  const pod = action.kind === 'removeMember' && members.find(({ id }) => id === action.id)?.pod;
  const ordinal = typeof pod === 'string' ? ordinalOf(name, pod) : undefined;
  return ordinal !== undefined && ordinal >= spec.replicas && isRefused('StatefulSet');
}

/** The status with what was refused in it. Worse news than this stays what it is. */
export function withRefusals(
  status: RecordedStatus,
  refusals: readonly ApplyRefusal[],
  observed: Observed,
): RecordedStatus {
  if (refusals.length === 0) return status;
  const message = refusals.map(textOf).join('; ');
  const conditions = status.conditions.map((condition): RecordedCondition => {
    const isTold =
      condition.type === 'Progressing' || (condition.type === 'Degraded' && condition.status !== 'True');
    if (!isTold) return condition;
    const last = observed.status.conditions.find(({ type }) => type === condition.type);
    const sinceMs = last?.status === 'True' ? last.sinceMs : observed.nowMs;
    return { ...condition, status: 'True', reason: 'ApplyRefused', message, sinceMs };
  });
  return { ...status, conditions };
}

/** The status when a disruption budget does not let a pod go yet: that ends by itself. */
export function withBudget(status: RecordedStatus, refused: Refused | undefined): RecordedStatus {
  if (refused?.action.kind !== 'deletePod') return status;
  const message = `${refused.action.pod.name} waits for a disruption budget: ${refused.reason}`;
  const conditions = status.conditions.map((condition): RecordedCondition => {
    return condition.type === 'Progressing'
      ? { ...condition, reason: 'WaitingForBudget', message: message.slice(0, REFUSAL_CHARACTERS_MAX) }
      : condition;
  });
  return { ...status, conditions };
}

function textOf({ kind, name, message }: ApplyRefusal): string {
  return `${kind} ${name}: ${message}`.slice(0, REFUSAL_CHARACTERS_MAX);
}

import type { Condition } from '../decision.ts';
import type { Course, Situation } from '../situation.ts';

/** Whether the operator is at something, or waits to go on. */
export function progress(
  { observed, cluster }: Situation,
  { step, waiting }: Course,
  goals: readonly Condition[],
): Condition {
  const type = 'Progressing';
  if (observed.faults.length > 0) {
    return {
      type,
      status: 'False',
      reason: 'SpecInvalid',
      message: 'the spec is not understood, nothing is changed',
    };
  }
  if (observed.spec.paused) {
    return { type, status: 'False', reason: 'Paused', message: 'spec.paused is set, nothing is changed' };
  }
  if (cluster.kind === 'conflict') {
    return {
      type,
      status: 'False',
      reason: 'ClusterIdMismatch',
      message: 'two clusters are found here, nothing is changed',
    };
  }
  const told = step ?? waiting[0];
  if (told !== undefined) return { type, status: 'True', reason: told.reason, message: told.message };
  const open = goals.find(({ status }) => status === 'False');
  if (open !== undefined) return { type, status: 'True', reason: open.reason, message: open.message };
  const unknown = goals.find(({ status }) => status === 'Unknown');
  if (unknown !== undefined)
    return { type, status: 'Unknown', reason: unknown.reason, message: unknown.message };
  return { type, status: 'False', reason: 'AsAskedFor', message: 'everything is as the spec asks for' };
}

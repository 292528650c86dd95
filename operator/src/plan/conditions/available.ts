import type { Condition } from '../decision.ts';
import type { Situation } from '../situation.ts';

/** Whether clients are served. */
export function availability({ observed }: Situation, quorum: Condition): Condition {
  const type = 'Available';
  if (quorum.status !== 'True') {
    return { type, status: quorum.status, reason: quorum.reason, message: quorum.message };
  }
  const ready = observed.pods.filter((pod) => pod.ready).length;
  return ready > 0
    ? { type, status: 'True', reason: 'Serving', message: 'a leader leads, and pods are ready for clients' }
    : {
        type,
        status: 'False',
        reason: 'NoPodReady',
        message: 'a leader leads, and no pod is ready for clients',
      };
}

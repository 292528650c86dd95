/** How many more voters may be lost before nothing can be agreed on: below 0 the quorum is gone. */
import { sum } from '../vocabulary/expression.ts';
import { ofClusters, PER_CLUSTER } from '../vocabulary/selection.ts';

/** Of each cluster, by its own replicas; nothing for one of which no replica answers. */
export function spareVoters(): string {
  const readyVoters = sum(
    `${ofClusters('paxoskv_is_ready')} * (1 - ${ofClusters('paxoskv_is_learner')})`,
    PER_CLUSTER,
  );
  const voters = `max by (${PER_CLUSTER}) (${ofClusters('paxoskv_members', 'role="voter"')})`;
  return `${readyVoters} - floor(${voters} / 2) - 1`;
}

/** How far replicas are behind. */
import { max } from '../vocabulary/expression.ts';
import { ofClusters, ofPods, PER_CLUSTER } from '../vocabulary/selection.ts';

/** Exact, since a leader says it of all others in one breath; without one, nobody knows. */
export const LAG_BY_LEADER = ofClusters('paxoskv_peer_lag_slots');

/** Behind the one that is furthest. It needs no leader, but replicas are scraped one after the other. */
export const LAG_BY_POSITION = `${max(ofClusters('paxoskv_applied_slot'), PER_CLUSTER)} - on (${PER_CLUSTER}) group_right () ${ofPods('paxoskv_applied_slot')}`;

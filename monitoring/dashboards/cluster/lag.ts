/** How far replicas are behind. */
import { max } from '../vocabulary/expression.ts';
import { ofClusters, ofPods, PER_CLUSTER } from '../vocabulary/selection.ts';

/** Joined to series that know a peer by its id alone, tells its address, which in Kubernetes begins with the pod's name. */
export const WITH_ADDRESS = `* on (${PER_CLUSTER}, peer) group_left (address) ${max(ofClusters('paxoskv_member_info'), `${PER_CLUSTER}, peer, address`)}`;

/** Exact, since a leader says it of all others in one breath; without one, nobody knows. */
export const LAG_BY_LEADER = ofClusters('paxoskv_peer_lag_slots');

/** Behind the one that is furthest. It needs no leader, but replicas are scraped one after the other. */
export const LAG_BY_POSITION = `${max(ofClusters('paxoskv_applied_slot'), PER_CLUSTER)} - on (${PER_CLUSTER}) group_right () ${ofPods('paxoskv_applied_slot')}`;

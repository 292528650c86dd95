/**
 * What the volumes remember when the `PaxosCluster` is gone: which cluster and which replica are on them, and that a replica was
 * removed for good. Only a leader that is confirmed is believed, and only while no change of its members is under way, so that absence among them
 * is proof of removal.
 */
import type { Action } from '../decision.ts';
import type { Observed } from '../observed.ts';
import type { ClusterView } from '../view.ts';

export function annotateVolumes(observed: Observed, view: ClusterView): Action[] {
  const actions: Action[] = [];
  for (const volume of observed.volumes) {
    if (volume.deleting) continue;
    const { name, uid, resourceVersion, ordinal, clusterId, replicaId } = volume;
    const identity = { name, uid, resourceVersion };
    const home = view.members.find((member) => member.ordinal === ordinal && member.report !== undefined);
    if (home !== undefined) {
      if (clusterId === view.clusterId && replicaId === home.id && volume.removedReplicaId === undefined)
        continue;
      const wanted = { clusterId: view.clusterId, replicaId: home.id, removedReplicaId: undefined };
      actions.push({ kind: 'annotateVolume', volume: identity, ...wanted });
    } else if (view.settled && replicaId !== undefined && !isMember(view, clusterId, replicaId)) {
      const wanted = { clusterId, replicaId: undefined, removedReplicaId: replicaId };
      actions.push({ kind: 'annotateVolume', volume: identity, ...wanted });
    }
  }
  return actions;
}

function isMember(view: ClusterView, clusterId: string | undefined, replicaId: string): boolean {
  return clusterId === view.clusterId && view.members.some(({ id }) => id === replicaId);
}

/**
 * What a pod can't know by itself, it finds in a file when it starts: that the directory on its volume is of a replica that was
 * removed, or of a cluster that is no more. It sets such a directory aside on the volume (`removed-<id>`) and begins with a
 * fresh one. Ids and clusters never come back, so an order may be read at any time, by any pod, and again.
 */
import type { Step } from '../decision.ts';
import type { Observed, ObservedPod, Orders } from '../observed.ts';
import type { ClusterView } from '../view.ts';

/** With this code a replica ends when it hears that it was removed: see `node/src/main.ts`. */
export const EXIT_REMOVED = 4;
/** A pod that is younger may not have been able to read what was written before it was made. */
const ORDER_PATIENCE_MS = 20_000;

/** What was ordered stays ordered; who is added to it must be needed no more. */
export function ordersOf(observed: Observed, view: ClusterView | undefined): Orders {
  const { recovery } = observed.status;
  return {
    removedReplicas:
      view === undefined || !view.settled
        ? (observed.orders?.removedReplicas ?? [])
        : [...view.removed].toSorted(),
    retiredClusters: recovery?.done === true ? [recovery.fromCluster] : [],
    recovery:
      recovery === undefined || recovery.done
        ? undefined
        : {
            fromCluster: recovery.fromCluster,
            toCluster: recovery.toCluster,
            seedPod: recovery.seedPod,
            survivors: recovery.survivors,
          },
  };
}

/** Makes a pod anew whose directory belongs to the past, so that it reads its orders. */
export function setAside(observed: Observed, view: ClusterView): Step | undefined {
  const { recovery } = observed.status;
  const retired = recovery?.done === true ? recovery.fromCluster : undefined;
  for (const pod of observed.pods) {
    const isSettled = observed.nowMs - pod.createdMs >= ORDER_PATIENCE_MS;
    if (pod.deleting || pod.ordinal >= observed.spec.replicas || !isSettled) continue;
    const report = observed.reports.get(pod.name);
    if (report === undefined ? !pod.ready && pod.exitCode === EXIT_REMOVED : view.removed.has(report.id)) {
      return remove(
        pod,
        'RemovedReplica',
        `the volume of ${pod.name} is of a replica that was removed: its directory is set aside`,
      );
    }
    if (report?.cluster !== undefined && report.cluster === retired) {
      return remove(
        pod,
        'RetiredCluster',
        `the volume of ${pod.name} is of cluster ${retired}, which is no more: its directory is set aside`,
      );
    }
  }
  return undefined;
}

function remove(pod: ObservedPod, why: 'RemovedReplica' | 'RetiredCluster', message: string): Step {
  return {
    reason: 'SettingAside',
    message,
    actions: [{ kind: 'deletePod', pod: { name: pod.name, uid: pod.uid }, why }],
    event: { type: 'Normal', reason: 'DirectorySetAside', message },
  };
}

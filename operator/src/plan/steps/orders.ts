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
/** A person has ordered each of the recoveries; so many ids have 4 KiB. */
const RETIRED_CLUSTERS_MAX = 100;

/** What was ordered stays ordered; who is added to it must be needed no more. */
export function ordersOf(observed: Observed, view: ClusterView | undefined): Orders {
  const { recovery } = observed.status;
  return {
    removedReplicas:
      view === undefined || !view.settled
        ? (observed.orders?.removedReplicas ?? [])
        : [...view.removed].toSorted(),
    retiredClusters: retiredClusters(observed),
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

/**
 * The clusters that were recovered from, the newest last. A pod that was away meanwhile may still be of any of them; the status
 * knows the last recovery alone, those before it are in what was ordered.
 */
export function retiredClusters({ status, orders }: Observed): string[] {
  const { clusterId, recovery } = status;
  const ordered = orders?.retiredClusters ?? [];
  const retired = new Set(recovery?.done === true ? [...ordered, recovery.fromCluster] : ordered);
  return [...retired]
    .filter((cluster) => cluster !== clusterId && cluster !== recovery?.toCluster)
    .slice(-RETIRED_CLUSTERS_MAX);
}

/** Makes a pod anew whose directory belongs to the past, so that it reads its orders. */
export function setAside(observed: Observed, view: ClusterView): Step | undefined {
  const retired = retiredClusters(observed);
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
    if (report?.cluster !== undefined && retired.includes(report.cluster)) {
      return remove(
        pod,
        'RetiredCluster',
        `the volume of ${pod.name} is of cluster ${report.cluster}, which is no more: its directory is set aside`,
      );
    }
  }
  return undefined;
}

function remove(pod: ObservedPod, why: 'RemovedReplica' | 'RetiredCluster', message: string): Step {
  return {
    reason: 'SettingAside',
    message,
    actions: [{ kind: 'deletePod', pod: { name: pod.name, uid: pod.uid }, why, evicts: false }],
    event: { type: 'Normal', reason: 'DirectorySetAside', message },
  };
}

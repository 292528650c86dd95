/**
 * Rule 2: one seed ever. A cluster is founded when nobody can have founded one before: no volume is annotated with a
 * cluster, and every pod that the spec asks for or that has a volume answers in this very look that it is fresh. The intent is in the status
 * before the seed is told, the latch never opens again, and whoever answers as a member is taken for what he is.
 */
import { type Observed, type ObservedPod, podName, type ReplicaReport } from '../observed.ts';
import type { Step } from '../decision.ts';

/** The cluster that the answers and the volumes speak of. */
export type KnownCluster =
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly clusterId: string }
  /** Two of them: nobody can say which one is meant. */
  | { readonly kind: 'conflict'; readonly clusterIds: readonly string[] };

/** What was recorded is right; before that, any bootstrapped answer is adopted. */
export function knownCluster(observed: Observed): KnownCluster {
  const { clusterId, bootstrap, recovery } = observed.status;
  if (clusterId !== undefined) return { kind: 'known', clusterId };
  const answered = new Set(
    [...observed.reports.values()].map(({ cluster }) => cluster).filter((cluster) => cluster !== undefined),
  );
  if (recovery !== undefined) answered.delete(recovery.fromCluster);
  const annotated = observed.volumes.filter(({ replicaId }) => replicaId !== undefined);
  const claims = new Set([
    ...answered,
    ...annotated.map((volume) => volume.clusterId).filter((cluster) => cluster !== undefined),
    ...(bootstrap === undefined ? [] : [bootstrap.clusterId]),
  ]);
  const [first] = claims;
  if (first === undefined) return { kind: 'none' };
  if (claims.size > 1) return { kind: 'conflict', clusterIds: [...claims].toSorted() };
  return answered.size === 0 ? { kind: 'none' } : { kind: 'known', clusterId: first };
}

/** Nobody has answered as a member of any cluster yet. */
export function found(observed: Observed): Step | undefined {
  const kept = observed.volumes.find(({ clusterId }) => clusterId !== undefined);
  if (kept !== undefined) {
    if (!placesOf(observed).some((ordinal) => mayHoldMember(ordinal, observed))) return lostMembers(observed);
    return wait(
      'WaitingForKeptVolumes',
      `${kept.name} holds cluster ${kept.clusterId}: waiting for its replicas, no other cluster is founded`,
    );
  }
  if (observed.awaitRestore !== undefined) {
    return wait(
      'WaitingForRestore',
      'the annotation paxoskv.dev/await-restore is set: waiting for a replica that was restored from a backup; without the annotation an empty cluster is founded',
    );
  }
  const fresh: { pod: ObservedPod; report: ReplicaReport }[] = [];
  for (const ordinal of placesOf(observed)) {
    const name = podName(observed.name, ordinal);
    const pod = observed.pods.find((each) => each.name === name);
    const report = observed.reports.get(name);
    const isLeaving = observed.volumes.some((volume) => volume.ordinal === ordinal && volume.deleting);
    if (pod === undefined || pod.deleting || isLeaving || report === undefined || !isFresh(report)) {
      return wait(
        'WaitingForPods',
        `a cluster is founded when all pods answer that they are fresh: ${name} does not`,
      );
    }
    if (ordinal < observed.spec.replicas) fresh.push({ pod, report });
  }
  const [first] = fresh;
  if (first === undefined || new Set(fresh.map(({ report }) => report.id)).size < fresh.length) {
    return wait('WaitingForPods', 'two pods answer with the same replica id');
  }
  const latch = observed.status.bootstrap;
  if (latch === undefined) {
    const seed = first.report.id;
    return {
      reason: 'Founding',
      message: `the cluster ${observed.drawnClusterId} is about to be founded by ${first.pod.name}`,
      actions: [{ kind: 'recordBootstrap', latch: { clusterId: observed.drawnClusterId, seed } }],
    };
  }
  const seed = fresh.find(({ report }) => report.id === latch.seed);
  if (seed === undefined) {
    return {
      reason: 'SeedLost',
      message: `replica ${latch.seed}, which was to found cluster ${latch.clusterId}, has lost its volume: delete this PaxosCluster and create it again`,
      actions: [],
      needsPerson: true,
    };
  }
  return {
    reason: 'Founding',
    message: `${seed.pod.name} founds the cluster ${latch.clusterId}`,
    actions: [
      {
        kind: 'bootstrap',
        pod: seed.pod.name,
        clusterId: latch.clusterId,
        seed: latch.seed,
        founders: fresh.map(({ pod, report }) => ({ id: report.id, pod: pod.name })),
      },
    ],
    event: {
      type: 'Normal',
      reason: 'ClusterFounded',
      message: `${seed.pod.name} founds the cluster ${latch.clusterId} of ${fresh.length} replicas`,
    },
  };
}

/** A member may come back there: nobody has answered yet that it is fresh, and nobody has marked the volume as of one that was removed. */
function mayHoldMember(ordinal: number, { name, reports, volumes }: Observed): boolean {
  const report = reports.get(podName(name, ordinal));
  if (report !== undefined && isFresh(report)) return false;
  const volume = volumes.find((each) => each.ordinal === ordinal);
  return volume?.removedReplicaId === undefined || volume.replicaId !== undefined;
}

/** What is there can't bring the cluster back, and may be all that is left of it: neither is decided here. */
function lostMembers({ name, volumes }: Observed): Step {
  const kept = volumes
    .filter(({ clusterId }) => clusterId !== undefined)
    .toSorted((left, right) => left.ordinal - right.ordinal);
  const claims = kept.map((volume) => volume.name).join(', ');
  const pods = kept.map(({ ordinal }) => podName(name, ordinal)).join(', ');
  const message = `the volumes that were kept are of cluster ${kept[0]?.clusterId}, and no member of it is left on them, so it can't come back, and no other cluster is founded beside it. Bring a volume of a member or a backup; or, when nothing on them is needed any more, delete the claims ${claims} and the pods ${pods}: then an empty cluster is founded`;
  return {
    reason: 'NoMemberLeft',
    message,
    actions: [],
    event: { type: 'Warning', reason: 'NoMemberLeft', message },
    needsPerson: true,
  };
}

/** Those that the spec asks for, and those of every volume that was kept: one may hold a cluster that was never annotated. */
function placesOf({ spec, volumes }: Observed): number[] {
  const places = new Set(volumes.map(({ ordinal }) => ordinal));
  for (let ordinal = 0; ordinal < spec.replicas; ordinal += 1) places.add(ordinal);
  return [...places].toSorted((left, right) => left - right);
}

export function isFresh({ cluster, role }: ReplicaReport): boolean {
  return cluster === undefined && role === 'stranger';
}

function wait(reason: string, message: string): Step {
  return { reason, message, actions: [] };
}

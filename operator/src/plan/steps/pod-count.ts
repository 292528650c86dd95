/**
 * Rule 1: `spec` is the only authority on size, and the number of pods follows it with this exception: a pod stays as long as a member
 * may live in it. What is not known for certain keeps its pod, since a stateful set that shrinks may take the volume along.
 */
import { type Observed, ordinalOf } from '../observed.ts';
import { type ClusterView, reportsOf } from '../view.ts';

export function podCountOf(
  observed: Observed,
  clusterId: string | undefined,
  view: ClusterView | undefined,
): number {
  // Before a cluster is known, any volume may hold one: its replica must be asked.
  const marked = observed.volumes
    .filter(({ replicaId }) => replicaId !== undefined || clusterId === undefined)
    .map(({ ordinal }) => ordinal + 1);
  const homes =
    view === undefined ? reportedHomes(observed, clusterId) : view.members.map(({ ordinal }) => ordinal);
  const members = homes.map((ordinal) => (ordinal ?? -1) + 1);
  const known = view === undefined || !view.settled ? (observed.statefulSet?.replicas ?? 0) : 0;
  return Math.max(observed.spec.replicas, known, ...marked, ...members);
}

/** Whoever answers may know members that are needed for a quorum, and have no pod: of a cluster that was larger once. */
function reportedHomes(observed: Observed, clusterId: string | undefined): (number | undefined)[] {
  if (clusterId === undefined) return [];
  return reportsOf(observed, clusterId).flatMap(([, { members }]) =>
    members.map(({ host }) => ordinalOf(observed.name, host.split('.')[0] ?? '')),
  );
}

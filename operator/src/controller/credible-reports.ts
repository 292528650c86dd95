/**
 * Which answers are those of the pods that were asked. After a node has come back, a pod's status may still hold an address that is another
 * pod's by now: believed, such an answer says that the first one's disk is gone, and a healthy voter is removed for good.
 */
import type { ReplicaReport } from '../plan/observed.ts';

/** By the pod's name, those alone that nothing speaks against. What is left out counts as no answer, from which nothing follows. */
export function credibleReports(answers: ReadonlyMap<string, ReplicaReport>): Map<string, ReplicaReport> {
  const atHome = [...answers].filter(([pod, report]) => isAtHome(pod, report));
  const times = new Map<string, number>();
  for (const [, { id }] of atHome) times.set(id, (times.get(id) ?? 0) + 1);
  // Of two pods that answer as one replica, one was not asked; which one, nobody knows.
  return new Map(atHome.filter(([, { id }]) => times.get(id) === 1));
}

/** A member names its own address: by the pod alone, as the plan does, since a cluster may have been moved to another namespace. */
function isAtHome(pod: string, { id, members }: ReplicaReport): boolean {
  const own = members.find((member) => member.id === id);
  return own === undefined || own.host.split('.')[0] === pod;
}

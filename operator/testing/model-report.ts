/** What a replica says of itself in a simulated world. */
import type { ReplicaReport } from '../src/plan/observed.ts';
import { NAME, type World, type WorldPod } from './world.ts';

export function reportOf(world: World, pod: WorldPod): ReplicaReport | undefined {
  const frozen = world.frozenReports.get(pod.uid);
  if (pod.frozen && frozen !== undefined) return frozen;
  const directory = world.directoryOf(pod);
  if (directory === undefined) return undefined;
  const { replica, applied } = directory;
  const cluster = directory.cluster === undefined ? undefined : world.clusters.get(directory.cluster);
  if (cluster === undefined) {
    return { ...STRANGER, id: replica, cluster: directory.cluster };
  }
  const running = world.running(cluster);
  const ballot = `${cluster.ballot}.${cluster.leader ?? '0'}`;
  const leads = cluster.leader === replica;
  const isMember = cluster.members.some(({ id }) => id === replica);
  const ready = isMember && cluster.isLevel(replica, running);
  return {
    id: replica,
    cluster: cluster.id,
    role: leads ? 'leader' : 'follower',
    leader: cluster.leader,
    ballot,
    promised: ballot,
    members: cluster.members.map(({ id, voter, ordinal }) => ({
      id,
      voter,
      host: `${NAME}-${ordinal}.${NAME}-peers.default.svc`,
      connected: running.has(id),
      lagSlots: leads ? cluster.committed - (running.get(id)?.applied ?? 0) : undefined,
    })),
    removed: [...cluster.removed],
    changeUnderWay: leads ? cluster.changeUnderWay : undefined,
    chosen: applied,
    ready,
    unreadyReasons: ready ? [] : ['it catches up'],
    version: '0.1.0',
  };
}

const STRANGER: ReplicaReport = {
  id: '',
  cluster: undefined,
  role: 'stranger',
  leader: undefined,
  ballot: '0.000000000000',
  promised: '0.000000000000',
  members: [],
  removed: [],
  changeUnderWay: undefined,
  chosen: 0,
  ready: false,
  unreadyReasons: ['it belongs to no cluster'],
  version: '0.1.0',
};

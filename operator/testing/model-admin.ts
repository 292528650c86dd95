/** What a replica in a simulated world does when it is asked at its admin port. */
import type { Action } from '../src/plan/decision.ts';
import { ModelCluster, ModelRefusal } from './membership-model.ts';
import { NAME, type World } from './world.ts';

export type AdminAction = Extract<
  Action,
  { readonly kind: 'bootstrap' | 'addLearner' | 'promote' | 'removeMember' | 'transfer' }
>;

/** Throws `ModelRefusal`. */
export function administer(world: World, action: AdminAction): void {
  if (action.kind === 'bootstrap') return bootstrap(world, action);
  const cluster = ledBy(world, action.leaderPod);
  const accepting = world.accepting(cluster);
  switch (action.kind) {
    case 'addLearner':
      return cluster.addLearner(action.id, Number(action.pod.slice(NAME.length + 1)), accepting);
    case 'promote':
      return cluster.promote(action.id, accepting);
    case 'removeMember':
      return cluster.remove(action.id, accepting);
    case 'transfer':
      return cluster.transfer(action.to, accepting);
  }
}

function bootstrap(
  world: World,
  { pod: name, clusterId, seed, founders }: Extract<AdminAction, { kind: 'bootstrap' }>,
): void {
  const pod = world.pods.get(name);
  const directory = pod === undefined ? undefined : world.directoryOf(pod);
  if (directory === undefined || directory.replica !== seed) throw new ModelRefusal('other-replica');
  if (directory.cluster === clusterId) return;
  if (directory.cluster !== undefined) throw new ModelRefusal('other-cluster');
  directory.cluster = clusterId;
  const members = founders.map(({ id, pod: home }) => ({ id, ordinal: Number(home.slice(NAME.length + 1)) }));
  if (world.clusters.size > 0) world.violations.push(`a second cluster is founded: ${clusterId}`);
  world.clusters.set(clusterId, new ModelCluster(clusterId, members, seed));
}

function ledBy(world: World, podName: string): ModelCluster {
  const pod = world.pods.get(podName);
  const directory = pod === undefined || pod.frozen ? undefined : world.directoryOf(pod);
  const cluster = directory?.cluster === undefined ? undefined : world.clusters.get(directory.cluster);
  if (cluster === undefined || cluster.leader !== directory?.replica) throw new ModelRefusal('not-leader');
  return cluster;
}

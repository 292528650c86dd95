/** What may happen to a cluster while the operator looks after it. Each is done only where it leaves a quorum its data. */
import { quorumOf } from '../src/plan/view.ts';
import { NAME, NO_STATUS, type World, type WorldPod } from './world.ts';
import { reportOf } from './model-report.ts';

export type Happening =
  | { readonly kind: 'step'; readonly count: number }
  | { readonly kind: 'write'; readonly count: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'pause'; readonly paused: boolean }
  | {
      readonly kind: 'killPod' | 'crash' | 'hide' | 'stall' | 'freeze' | 'thaw' | 'loseVolume' | 'wipe';
      readonly ordinal: number;
    }
  | { readonly kind: 'recreate' };

export function happen(world: World, happening: Happening): void {
  switch (happening.kind) {
    case 'step':
      for (let count = 0; count < happening.count; count += 1) world.step();
      return;
    case 'write':
      return world.write(happening.count);
    case 'scale':
      if (world.spec.replicas !== happening.replicas) change(world, { replicas: happening.replicas });
      return;
    case 'image':
      if (world.spec.image !== happening.image) change(world, { image: happening.image });
      return;
    case 'pause':
      if (world.spec.paused !== happening.paused) change(world, { paused: happening.paused });
      return;
    case 'recreate':
      return recreate(world);
    default: {
      const pod = world.pods.get(`${NAME}-${happening.ordinal}`);
      if (pod !== undefined) strike(world, pod, happening.kind);
    }
  }
}

function change(world: World, spec: Partial<World['spec']>): void {
  world.spec = { ...world.spec, ...spec };
  world.generation += 1;
}

/** The resource is deleted and made again; the volumes stay. */
function recreate(world: World): void {
  world.status = NO_STATUS;
  world.statusVersion += 1;
  world.generation = 1;
  world.statefulSet = undefined;
  world.orders = undefined;
  world.pods.clear();
}

function strike(world: World, pod: WorldPod, kind: Extract<Happening, { ordinal: number }>['kind']): void {
  const volume = world.volumeOf(pod);
  switch (kind) {
    case 'killPod':
      pod.deleting = true;
      return;
    case 'crash':
      pod.running = false;
      pod.frozen = false;
      pod.waitingReason = 'CrashLoopBackOff';
      pod.exitCode = 137;
      return;
    case 'hide':
      pod.hidden = !pod.hidden;
      return;
    case 'stall':
      pod.stalled = !pod.stalled;
      return;
    case 'freeze': {
      const report = reportOf(world, pod);
      if (report === undefined) return;
      world.frozenReports.set(pod.uid, report);
      pod.frozen = true;
      return;
    }
    case 'thaw':
      pod.frozen = false;
      return;
    case 'loseVolume':
    case 'wipe':
      if (volume === undefined || !mayLose(world, pod)) return;
      pod.frozen = false;
      if (kind === 'loseVolume') {
        volume.deleting = true;
        pod.deleting = true;
        return;
      }
      volume.directory = undefined;
      pod.running = false;
  }
}

/** Only so many disks are lost that the others are a quorum that holds everything; and none before a cluster is known. */
function mayLose(world: World, pod: WorldPod): boolean {
  if (world.status.bootstrap !== undefined && world.clusters.size === 0) return false;
  if (
    world.status.bootstrap?.seed === world.volumeOf(pod)?.directory?.replica &&
    world.status.clusterId === undefined
  )
    return false;
  for (const cluster of world.clusters.values()) {
    const lost = world.volumeOf(pod)?.directory?.replica;
    for (const voters of cluster.electorates) {
      const kept = voters.filter(({ id, ordinal }) => {
        const volume = world.volumeOf({ ordinal });
        return (
          id !== lost &&
          volume?.deleting === false &&
          volume.directory?.replica === id &&
          volume.directory.cluster === cluster.id &&
          volume.directory.applied === cluster.committed
        );
      });
      if (voters.some(({ id }) => id === lost) && kept.length < quorumOf(voters.length)) return false;
    }
  }
  return true;
}

/** The world as people leave it when nobody meddles any more. */
export function calmDown(world: World): void {
  for (const pod of world.pods.values()) {
    pod.hidden = false;
    pod.stalled = false;
    pod.frozen = false;
  }
  happen(world, { kind: 'pause', paused: false });
  happen(world, { kind: 'image', image: 'good-last' });
}

/**
 * A Kubernetes small enough to think about: a stateful set's controller, a kubelet and volumes, with a model of the replicas in the
 * pods. Every step is taken when somebody asks for it, so that a test decides what happens between two of them.
 */
import type {
  ObservedPod,
  ObservedVolume,
  Orders,
  RecordedStatus,
  ReplicaReport,
} from '../src/plan/observed.ts';
import { type Directory, ModelCluster } from './membership-model.ts';

export interface WorldPod {
  readonly name: string;
  readonly uid: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly image: string;
  readonly createdMs: number;
  /** Who made it read these, if anything. */
  readonly orders: Orders | undefined;
  deleting: boolean;
  /** Until it is gone, once it is being deleted. */
  stepsLeft: number;
  running: boolean;
  waitingReason: string | undefined;
  exitCode: number | undefined;
  labelledLeader: boolean;
  /** What the operator hears of it is what it said then; the others don't hear of it at all. */
  frozen: boolean;
  /** The operator's questions don't reach it. */
  hidden: boolean;
  /** Its disk writes nothing, though it talks: it accepts nothing. */
  stalled: boolean;
}

export interface WorldVolume {
  readonly name: string;
  readonly uid: string;
  readonly ordinal: number;
  resourceVersion: number;
  deleting: boolean;
  clusterId: string | undefined;
  replicaId: string | undefined;
  removedReplicaId: string | undefined;
  directory: Directory | undefined;
  /** Directories that were set aside. */
  readonly aside: Directory[];
}

export interface WorldSpec {
  replicas: number;
  paused: boolean;
  /** One that begins with `bad` can't be pulled. */
  image: string;
  retainsWhenScaled: boolean;
}

export interface WorldStatefulSet {
  uid: string;
  resourceVersion: number;
  replicas: number;
  image: string;
  /** As its controller has seen it. */
  observedImage: string;
}

export const NAME = 'demo';
export const NO_STATUS: RecordedStatus = {
  observedGeneration: undefined,
  clusterId: undefined,
  bootstrap: undefined,
  recovery: undefined,
  refusedRecovery: undefined,
  leader: undefined,
  members: [],
  replicas: 0,
  readyReplicas: 0,
  updatedReplicas: 0,
  conditions: [],
};
const STEP_MS = 1_000;
/** Slots that one step of catching up brings. */
const CATCH_UP_SLOTS = 200;

export class World {
  nowMs = 1_000_000;
  generation = 1;
  /** The resource is there. */
  exists = true;
  spec: WorldSpec;
  status: RecordedStatus = NO_STATUS;
  statusVersion = 1;
  recover: string | undefined;
  statefulSet: WorldStatefulSet | undefined;
  orders: Orders | undefined;
  readonly pods = new Map<string, WorldPod>();
  readonly volumes = new Map<string, WorldVolume>();
  readonly clusters = new Map<string, ModelCluster>();
  /** What pods that are frozen said last, by their uid. */
  readonly frozenReports = new Map<string, ReplicaReport>();
  /** Sentences about rules that were broken. */
  readonly violations: string[] = [];
  #drawn = 0;

  constructor(spec: WorldSpec) {
    this.spec = spec;
  }

  draw(digits: number): string {
    this.#drawn += 1;
    return this.#drawn.toString(16).padStart(digits, 'a');
  }

  volumeOf(pod: Pick<WorldPod, 'ordinal'>): WorldVolume | undefined {
    return this.volumes.get(`data-${NAME}-${pod.ordinal}`);
  }

  /** What lives in a pod that runs. */
  directoryOf(pod: WorldPod): Directory | undefined {
    return pod.running ? this.volumeOf(pod)?.directory : undefined;
  }

  /** Directories of replicas that run and can talk to each other. */
  running(cluster: ModelCluster): Map<string, Directory> {
    const found = new Map<string, Directory>();
    for (const pod of this.pods.values()) {
      const directory = this.directoryOf(pod);
      if (directory !== undefined && directory.cluster === cluster.id && !pod.frozen)
        found.set(directory.replica, directory);
    }
    return found;
  }

  /** Of those that run, whose disks write. */
  accepting(cluster: ModelCluster): Map<string, Directory> {
    const found = this.running(cluster);
    for (const pod of this.pods.values()) {
      const directory = this.directoryOf(pod);
      if (pod.stalled && directory !== undefined) found.delete(directory.replica);
    }
    return found;
  }

  /** Without its disk the cluster, the newest if one was recovered from, may never choose anything again. */
  needs(replica: string): boolean {
    return [...this.clusters.values()].at(-1)?.needs(replica) === true;
  }

  /** Everything that happens by itself happens a little. */
  step(): void {
    this.nowMs += STEP_MS;
    this.#stepStatefulSet();
    for (const pod of this.pods.values()) this.#stepPod(pod);
    for (const volume of this.volumes.values()) this.#stepVolume(volume);
    for (const cluster of this.clusters.values()) this.#stepCluster(cluster);
  }

  write(count: number): void {
    for (const cluster of this.clusters.values()) cluster.write(count, this.accepting(cluster));
  }

  #stepStatefulSet(): void {
    const set = this.statefulSet;
    if (set === undefined) return;
    set.observedImage = set.image;
    for (let ordinal = 0; ordinal < set.replicas; ordinal += 1) {
      const name = `${NAME}-${ordinal}`;
      if (this.pods.has(name)) continue;
      const claim = `data-${name}`;
      if (this.volumes.get(claim)?.deleting === true) continue;
      if (!this.volumes.has(claim)) this.volumes.set(claim, newVolume(claim, this.draw(6), ordinal));
      this.pods.set(name, this.#newPod(name, ordinal, set.image));
    }
    for (const pod of this.pods.values()) {
      if (pod.ordinal < set.replicas) continue;
      pod.deleting = true;
      if (!this.spec.retainsWhenScaled) this.#condemn(pod.ordinal);
    }
  }

  /** The policy of the stateful set takes the volume along with the pod. */
  #condemn(ordinal: number): void {
    const volume = this.volumeOf({ ordinal });
    if (volume === undefined) return;
    const { directory } = volume;
    const cluster = directory?.cluster === undefined ? undefined : this.clusters.get(directory.cluster);
    if (directory !== undefined && cluster?.needs(directory.replica) === true) {
      this.violations.push(`the volume of ${NAME}-${ordinal} goes, and its replica is needed`);
    }
    volume.deleting = true;
  }

  #newPod(name: string, ordinal: number, image: string): WorldPod {
    return {
      name,
      uid: this.draw(6),
      ordinal,
      image,
      revision: `revision-of-${image}`,
      createdMs: this.nowMs,
      orders: this.orders,
      deleting: false,
      stepsLeft: 3,
      running: false,
      waitingReason: 'ContainerCreating',
      exitCode: undefined,
      labelledLeader: false,
      frozen: false,
      hidden: false,
      stalled: false,
    };
  }

  #stepPod(pod: WorldPod): void {
    if (pod.deleting) {
      // It goes on for a while, and looks as healthy as before.
      pod.stepsLeft -= 1;
      if (pod.stepsLeft <= 0) this.pods.delete(pod.name);
      return;
    }
    const volume = this.volumeOf(pod);
    if (pod.running || volume === undefined || volume.deleting) return;
    if (pod.image.startsWith('bad')) {
      pod.waitingReason = 'ImagePullBackOff';
      return;
    }
    if (!this.#obey(pod, volume)) return;
    volume.directory ??= { replica: this.draw(12), cluster: undefined, applied: 0 };
    const { replica, cluster } = volume.directory;
    const known = cluster === undefined ? undefined : this.clusters.get(cluster);
    if (known?.removed.has(replica) === true && !known.needs(replica)) {
      pod.waitingReason = 'CrashLoopBackOff';
      pod.exitCode = 4;
      return;
    }
    pod.running = true;
    pod.waitingReason = undefined;
  }

  /** What an init container does by the file of orders; false while it holds still. */
  #obey(pod: WorldPod, volume: WorldVolume): boolean {
    const { directory } = volume;
    // The file follows what is written to it, for who still waits.
    const orders = pod.orders?.recovery === undefined ? pod.orders : this.orders;
    if (directory === undefined || orders === undefined) return true;
    const { removedReplicas, retiredClusters, recovery } = orders;
    const isRetired = directory.cluster !== undefined && retiredClusters.includes(directory.cluster);
    if (removedReplicas.includes(directory.replica) || isRetired) {
      if (this.needs(directory.replica))
        this.violations.push(`the directory of ${pod.name} is set aside, and its replica is needed`);
      volume.aside.push(directory);
      volume.directory = undefined;
      return true;
    }
    if (recovery === undefined || directory.cluster !== recovery.fromCluster) return true;
    if (pod.name !== recovery.seedPod) {
      pod.waitingReason = 'PodInitializing';
      return false;
    }
    volume.aside.push(directory);
    const replica = this.draw(12);
    volume.directory = { replica, cluster: recovery.toCluster, applied: directory.applied };
    const cluster = new ModelCluster(recovery.toCluster, [{ id: replica, ordinal: pod.ordinal }], replica);
    cluster.committed = directory.applied;
    this.clusters.set(cluster.id, cluster);
    return true;
  }

  #stepVolume(volume: WorldVolume): void {
    if (volume.deleting && !this.pods.has(`${NAME}-${volume.ordinal}`)) this.volumes.delete(volume.name);
  }

  #stepCluster(cluster: ModelCluster): void {
    // Members link to those of their configuration, which hear then whose they are.
    const isTold = this.running(cluster).size > 0;
    for (const { id, ordinal } of cluster.members) {
      const directory = this.volumeOf({ ordinal })?.directory;
      const pod = this.pods.get(`${NAME}-${ordinal}`);
      if (pod?.running === true && isTold && directory?.replica === id) directory.cluster ??= cluster.id;
    }
    const running = this.running(cluster);
    cluster.elect(running);
    if (cluster.leader === undefined) return;
    const accepting = this.accepting(cluster);
    cluster.settle(accepting);
    for (const { id } of cluster.everybody) {
      const directory = accepting.get(id);
      if (directory !== undefined)
        directory.applied = Math.min(cluster.committed, directory.applied + CATCH_UP_SLOTS);
    }
    // Who was removed hears of it and ends.
    for (const pod of this.pods.values()) {
      const directory = this.directoryOf(pod);
      if (directory?.cluster !== cluster.id || !cluster.removed.has(directory.replica)) continue;
      if (cluster.needs(directory.replica)) continue;
      pod.running = false;
      pod.waitingReason = 'CrashLoopBackOff';
      pod.exitCode = 4;
    }
  }
}

function newVolume(name: string, uid: string, ordinal: number): WorldVolume {
  return {
    name,
    uid,
    ordinal,
    resourceVersion: 1,
    deleting: false,
    clusterId: undefined,
    replicaId: undefined,
    removedReplicaId: undefined,
    directory: undefined,
    aside: [],
  };
}

export function seenPod(pod: WorldPod, ready: boolean): ObservedPod {
  const {
    name,
    uid,
    ordinal,
    revision,
    deleting,
    running,
    waitingReason,
    exitCode,
    createdMs,
    labelledLeader,
  } = pod;
  return {
    name,
    uid,
    ordinal,
    revision,
    deleting,
    running,
    ready,
    waitingReason,
    exitCode,
    createdMs,
    labelledLeader,
  };
}

export function seenVolume(volume: WorldVolume): ObservedVolume {
  const { name, uid, ordinal, deleting, clusterId, replicaId, removedReplicaId } = volume;
  const resourceVersion = String(volume.resourceVersion);
  return {
    name,
    uid,
    ordinal,
    resourceVersion,
    deleting,
    bound: true,
    tooSmall: undefined,
    clusterId,
    replicaId,
    removedReplicaId,
  };
}

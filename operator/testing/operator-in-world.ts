/**
 * The operator's eyes and hands in a simulated world. Its caches may lag, each kind by itself; it may die after any write, and the
 * next one knows nothing. Before it takes anything away, the rules are checked against the world itself.
 */
import { Refused } from '../src/controller/refusals.ts';
import { type Eyes, type Hands, takeTurn, type TurnResult } from '../src/controller/turn.ts';
import type { Action, Decision, PlannedEvent } from '../src/plan/decision.ts';
import type { Observed, ReplicaReport } from '../src/plan/observed.ts';
import { quorumOf } from '../src/plan/view.ts';
import { ModelRefusal } from './membership-model.ts';
import { administer } from './model-admin.ts';
import { reportOf } from './model-report.ts';
import { NAME, seenPod, seenVolume, type World, type WorldPod } from './world.ts';

/** The process of the operator ended here. */
export class Died extends Error {
  override readonly name = 'Died';
}

export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** What the API server held at one time. */
type Picture = Pick<
  Observed,
  'generation' | 'spec' | 'recover' | 'status' | 'statefulSet' | 'pods' | 'volumes' | 'orders'
> & {
  readonly exists: boolean;
  readonly statusVersion: number;
  readonly statefulSetVersion: number;
};

export interface TurnOptions {
  /** How many pictures old the caches are, for the resource, the stateful set, the pods and the volumes; each may be another age. */
  readonly ages: readonly [number, number, number, number];
  /** It dies after so many writes; undefined: it lives. */
  readonly diesAfter: number | undefined;
}

export const CALM: TurnOptions = { ages: [0, 0, 0, 0], diesAfter: undefined };
const PICTURES_MAX = 8;

export class OperatorInWorld implements Eyes, Hands {
  readonly #world: World;
  readonly #pictures: Picture[] = [];
  readonly events: PlannedEvent[] = [];
  writes = 0;
  #options: TurnOptions = CALM;
  #writesLeft = Number.POSITIVE_INFINITY;
  #seen: Picture | undefined;
  #transferFailures = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** To be called whenever the world has changed. */
  takePicture(): void {
    const world = this.#world;
    const { statefulSet } = world;
    this.#pictures.unshift({
      exists: world.exists,
      generation: world.generation,
      spec: { replicas: world.spec.replicas, paused: world.spec.paused, rolls: true },
      recover: world.recover,
      status: world.status,
      statusVersion: world.statusVersion,
      statefulSetVersion: statefulSet?.resourceVersion ?? 0,
      statefulSet:
        statefulSet === undefined
          ? undefined
          : {
              name: NAME,
              uid: statefulSet.uid,
              replicas: statefulSet.replicas,
              updateRevision: `revision-of-${statefulSet.observedImage}`,
              current:
                statefulSet.image === world.spec.image && statefulSet.observedImage === statefulSet.image,
            },
      pods: [...world.pods.values()].map((pod) => seenPod(pod, reportOf(world, pod)?.ready === true)),
      volumes: [...world.volumes.values()].map(seenVolume),
      orders: world.orders,
    });
    this.#pictures.splice(PICTURES_MAX);
  }

  /** Throws `Died` or `Conflict`; everything else is a fault of the operator. */
  async turn(options: TurnOptions): Promise<TurnResult> {
    this.#options = options;
    this.#writesLeft = options.diesAfter ?? Number.POSITIVE_INFINITY;
    const result = await takeTurn(this, this);
    const failed = result.refused?.action.kind === 'transfer';
    this.#transferFailures = failed ? this.#transferFailures + 1 : 0;
    return result;
  }

  // --- Eyes -------------------------------------------------------------------------------------

  look(): Promise<Observed | undefined> {
    const [resource, set, pods, volumes] = this.#options.ages.map((age) => this.#picture(age)) as [
      Picture,
      Picture,
      Picture,
      Picture,
    ];
    return Promise.resolve(
      this.#observe({
        ...resource,
        statefulSet: set.statefulSet,
        statefulSetVersion: set.statefulSetVersion,
        pods: pods.pods,
        volumes: volumes.volumes,
      }),
    );
  }

  lookAgain(): Promise<Observed | undefined> {
    this.takePicture();
    return Promise.resolve(this.#observe(this.#picture(0)));
  }

  #picture(age: number): Picture {
    const picture = this.#pictures[Math.min(age, this.#pictures.length - 1)];
    if (picture === undefined) throw new Error('the operator looks before there is a world');
    return picture;
  }

  #observe(picture: Picture): Observed | undefined {
    this.#seen = picture;
    const { exists, statusVersion, statefulSetVersion: _set, ...rest } = picture;
    if (!exists) return undefined;
    const reports = new Map<string, ReplicaReport>();
    for (const pod of this.#world.pods.values()) {
      const report = pod.hidden ? undefined : reportOf(this.#world, pod);
      if (report !== undefined) reports.set(pod.name, report);
    }
    return {
      ...rest,
      name: NAME,
      resourceVersion: String(statusVersion),
      deleting: false,
      faults: [],
      awaitRestore: undefined,
      reports,
      missingSecrets: [],
      missingMonitoring: undefined,
      documentation: 'docs',
      transferFailures: this.#transferFailures,
      nowMs: this.#world.nowMs,
      drawnClusterId: this.#world.draw(32),
    };
  }

  // --- Hands ------------------------------------------------------------------------------------

  applyObjects({ podCount, orders }: Decision & { readonly podCount: number }): Promise<readonly never[]> {
    const world = this.#world;
    for (const id of orders.removedReplicas)
      if (world.needs(id))
        world.violations.push(`directories of ${id} are to be set aside, and it is needed`);
    if (JSON.stringify(orders) !== JSON.stringify(world.orders)) {
      world.orders = orders;
      this.#wrote();
    }
    const set = world.statefulSet;
    if (set === undefined) {
      const { image } = world.spec;
      world.statefulSet = {
        uid: world.draw(6),
        resourceVersion: 1,
        replicas: podCount,
        image,
        observedImage: 'none',
      };
      this.#wrote();
    } else if (set.replicas !== podCount || set.image !== world.spec.image) {
      if (this.#seen?.statefulSetVersion !== set.resourceVersion)
        throw new Conflict('the stateful set is another');
      set.replicas = podCount;
      set.image = world.spec.image;
      set.resourceVersion += 1;
      this.#wrote();
    }
    return Promise.resolve([]);
  }

  writeStatus(status: Observed['status'], resourceVersion: string): Promise<void> {
    if (resourceVersion !== String(this.#world.statusVersion)) throw new Conflict('the status is another');
    this.#world.status = status;
    this.#world.statusVersion += 1;
    this.#wrote();
    return Promise.resolve();
  }

  tell(event: PlannedEvent): void {
    this.events.push(event);
  }

  act(action: Action): Promise<void> {
    try {
      this.#perform(action);
    } catch (error) {
      if (error instanceof ModelRefusal) throw new Refused(action, error.message);
      throw error;
    }
    this.#wrote();
    return Promise.resolve();
  }

  #wrote(): void {
    this.writes += 1;
    this.takePicture();
    this.#writesLeft -= 1;
    if (this.#writesLeft <= 0) throw new Died();
  }

  #perform(action: Action): void {
    const world = this.#world;
    switch (action.kind) {
      case 'recordBootstrap':
      case 'recordRecovery':
        throw new Error('an intent is a matter of the status');
      case 'deletePod':
        return this.#deletePod(action);
      case 'labelLeader': {
        const pod = world.pods.get(action.pod.name);
        if (pod?.uid !== action.pod.uid) throw new Conflict('another pod');
        pod.labelledLeader = action.leads;
        return;
      }
      case 'annotateVolume': {
        const volume = world.volumes.get(action.volume.name);
        if (
          volume?.uid !== action.volume.uid ||
          String(volume.resourceVersion) !== action.volume.resourceVersion
        ) {
          throw new Conflict('another volume');
        }
        const { clusterId, replicaId, removedReplicaId } = action;
        if (removedReplicaId !== undefined && world.needs(removedReplicaId))
          world.violations.push(`${volume.name} is marked as of one that was removed, and that is needed`);
        Object.assign(volume, {
          clusterId,
          replicaId,
          removedReplicaId,
          resourceVersion: volume.resourceVersion + 1,
        });
        return;
      }
      default:
        administer(world, action);
    }
  }

  #deletePod({ pod: { name, uid }, why }: Extract<Action, { kind: 'deletePod' }>): void {
    const world = this.#world;
    const pod = world.pods.get(name);
    if (pod?.uid !== uid) throw new Conflict('another pod');
    const fault = faultOfDeletion(world, pod);
    if (fault !== undefined && why !== 'Recovery') world.violations.push(fault);
    pod.deleting = true;
  }
}

/** Safety rule 8, by what is really so. */
function faultOfDeletion(world: World, pod: WorldPod): string | undefined {
  const directory = pod.frozen ? undefined : world.directoryOf(pod);
  const cluster = directory?.cluster === undefined ? undefined : world.clusters.get(directory.cluster);
  if (directory === undefined || cluster === undefined || cluster.leader === undefined) return undefined;
  if (world.spec.replicas === 1 && cluster.electorates.every(({ length }) => length === 1)) return undefined;
  const running = world.running(cluster);
  for (const other of world.pods.values()) {
    const its = world.directoryOf(other);
    if (its !== undefined && (other.deleting || other === pod)) running.delete(its.replica);
  }
  for (const voters of cluster.electorates) {
    if (!voters.some(({ id }) => id === directory.replica)) continue;
    const left = voters.filter(({ id }) => cluster.isLevel(id, running)).length;
    if (left < quorumOf(voters.length))
      return `${pod.name} is deleted, which leaves ${left} of ${voters.length} voters`;
  }
  return undefined;
}

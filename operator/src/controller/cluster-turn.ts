/** The eyes and hands of one turn, for one cluster on a real API server. What was seen is what is acted upon: versions, uids, addresses. */
import { randomBytes } from 'node:crypto';
import { LEADER_ROLE, ROLE_LABEL } from '../desired/labels.ts';
import { podHost } from '../desired/names.ts';
import { PORTS } from '../desired/ports.ts';
import { statefulSet as desiredStatefulSet } from '../desired/stateful-set.ts';
import type { OperatorPods, ServedKinds, Wanted } from '../desired/wanted.ts';
import type { Applier } from '../kube/applier.ts';
import { PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../kube/builtin-kinds.ts';
import type { EventRecorder } from '../kube/event-recorder.ts';
import { isRefusal, NotFound, Unavailable } from '../kube/failures.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { Action, Decision, PlannedEvent } from '../plan/decision.ts';
import type { Observed, RecordedStatus, ReplicaReport } from '../plan/observed.ts';
import {
  type NewMember,
  type ReplicaClient,
  type ReplicaEndpoint,
  ReplicaFailure,
} from '../replica-client/replica-client.ts';
import { parsePaxosCluster, type PaxosCluster } from '../resource/paxos-cluster.ts';
import {
  type ClusterObjects,
  type LooseObject,
  type ObjectSource,
  PAXOS_CLUSTER,
} from './cluster-objects.ts';
import { credibleReports } from './credible-reports.ts';
import type { ObjectWriter } from './object-writer.ts';
import {
  CLUSTER_ID_ANNOTATION,
  podAddress,
  readOrders,
  readPlaces,
  REMOVED_REPLICA_ID_ANNOTATION,
  REPLICA_ID_ANNOTATION,
  surplusVolumesGo,
  templateSize,
} from './read-objects.ts';
import { type ApplyRefusal, Refused } from './refusals.ts';
import type { ClusterAccess, SharedSecrets } from './shared-secrets.ts';
import { readStatus, writtenStatus } from './status-record.ts';
import type { Eyes, Hands } from './turn.ts';

const CLUSTER_ID_BYTES = 16;
const RECOVER_ANNOTATION = 'paxoskv.dev/recover';
const AWAIT_RESTORE_ANNOTATION = 'paxoskv.dev/await-restore';

/** What all turns of all clusters share. */
export interface TurnTools {
  readonly api: KubeApi;
  readonly applier: Applier;
  readonly writer: ObjectWriter;
  readonly cached: ObjectSource;
  readonly server: ObjectSource;
  readonly replicas: ReplicaClient;
  readonly secrets: SharedSecrets;
  readonly events: EventRecorder;
  readonly operator: OperatorPods | undefined;
  readonly foreign: { readonly served: ServedKinds };
  /** Where the pages of `docs/` are read. */
  readonly documentation: string;
  readonly clockMs: () => number;
}

/** What was seen, and what is needed to act upon it. */
interface Seen {
  readonly objects: ClusterObjects;
  readonly observed: Observed;
  readonly access: ClusterAccess;
}

export class ClusterTurn implements Eyes, Hands {
  readonly #tools: TurnTools;
  readonly #cluster: PaxosCluster;
  readonly #transferFailures: number;
  #seen: Seen | undefined;

  /** `cluster`: as the caches have it. */
  constructor(tools: TurnTools, cluster: PaxosCluster, transferFailures: number) {
    this.#tools = tools;
    this.#cluster = cluster;
    this.#transferFailures = transferFailures;
  }

  // --- Eyes -------------------------------------------------------------------------------------

  async look(): Promise<Observed | undefined> {
    return await this.#observe(await this.#tools.cached.objects(this.#cluster.metadata));
  }

  async lookAgain(): Promise<Observed | undefined> {
    return await this.#observe(await this.#tools.server.objects(this.#cluster.metadata));
  }

  async #observe(objects: ClusterObjects | undefined): Promise<Observed | undefined> {
    // Of that name there may be another one by now: it gets turns of its own.
    if (objects === undefined || objects.resource.metadata.uid !== this.#cluster.metadata.uid)
      return undefined;
    const { name } = this.#cluster.metadata;
    const cluster = this.#clusterOf(objects);
    const { spec, metadata } = cluster;
    const access = await this.#tools.secrets.accessOf(
      cluster,
      this.#wanted(cluster, objects, NOTHING_DECIDED),
    );
    const reports = await this.#ask(objects, access);
    const observed: Observed = {
      name,
      resourceVersion: metadata.resourceVersion,
      generation: metadata.generation,
      deleting: metadata.deletionTimestamp !== undefined,
      faults: [],
      spec: {
        replicas: spec.replicas,
        paused: spec.paused,
        rolls: spec.updateStrategy.type === 'LeaderLast',
      },
      recover: metadata.annotations[RECOVER_ANNOTATION],
      awaitRestore: metadata.annotations[AWAIT_RESTORE_ANNOTATION],
      status: readStatus(cluster.status),
      statefulSet: this.#statefulSet(cluster, objects, access),
      ...readPlaces(name, objects, spec.storage.size),
      reports,
      orders: readOrders(objects.orders),
      missingSecrets: access.missing,
      missingMonitoring: missingMonitor(cluster, this.#tools.foreign.served),
      documentation: this.#tools.documentation,
      transferFailures: this.#transferFailures,
      // Whole seconds, as times in objects are: what is written reads back as the same.
      nowMs: Math.floor(this.#tools.clockMs() / 1_000) * 1_000,
      drawnClusterId: randomBytes(CLUSTER_ID_BYTES).toString('hex'),
    };
    this.#seen = { objects, observed, access };
    return observed;
  }

  /** The newest that was read, as long as it can be understood; another turn says what is wrong with it. */
  #clusterOf({ resource }: ClusterObjects): PaxosCluster {
    const parsed = parsePaxosCluster(resource);
    return parsed.kind === 'parsed' ? parsed.cluster : this.#cluster;
  }

  #statefulSet(
    cluster: PaxosCluster,
    objects: ClusterObjects,
    access: ClusterAccess,
  ): Observed['statefulSet'] {
    const live = objects.statefulSet;
    if (live === undefined) return undefined;
    const status = (live['status'] ?? {}) as { observedGeneration?: number; updateRevision?: string };
    const { replicas, desired } = this.#asLargeAsItIs(live, cluster, objects, access);
    const isInForce = this.#tools.applier.isInForce(STATEFUL_SET, desired, live);
    return {
      name: live.metadata.name,
      uid: live.metadata.uid,
      replicas,
      updateRevision: status.updateRevision ?? '',
      current: isInForce && (status.observedGeneration ?? 0) >= (live.metadata.generation ?? 0),
    };
  }

  /** What the stateful set ought to be, but for the number of its pods. */
  #asLargeAsItIs(
    live: LooseObject,
    cluster: PaxosCluster,
    objects: ClusterObjects,
    access: ClusterAccess,
  ): { readonly replicas: number; readonly desired: KubeObject } {
    const { replicas = 0 } = live['spec'] as { replicas?: number };
    const wanted = this.#wanted(cluster, objects, { ...NOTHING_DECIDED, ...access, podCount: replicas });
    return { replicas, desired: desiredStatefulSet(wanted) };
  }

  async #ask(objects: ClusterObjects, access: ClusterAccess): Promise<Map<string, ReplicaReport>> {
    const reports = new Map<string, ReplicaReport>();
    await Promise.all(
      objects.pods.map(async (pod) => {
        const endpoint = this.#endpoint(pod.metadata.name, objects, access);
        const report = endpoint === undefined ? undefined : await this.#tools.replicas.status(endpoint);
        if (report !== undefined) reports.set(pod.metadata.name, report);
      }),
    );
    return credibleReports(reports);
  }

  #endpoint(podName: string, { pods }: ClusterObjects, access: ClusterAccess): ReplicaEndpoint | undefined {
    const pod = pods.find(({ metadata }) => metadata.name === podName);
    const address = pod === undefined ? undefined : podAddress(pod);
    if (address === undefined) return undefined;
    const [secret] = access.clusterSecret.split('\n');
    return { address, port: PORTS.admin, host: this.#hostOf(podName), secret, authority: access.authority };
  }

  #hostOf(podName: string): string {
    const { name, namespace } = this.#cluster.metadata;
    return podHost(podName, name, namespace);
  }

  // --- Hands ------------------------------------------------------------------------------------

  /** Applies the stateful set as large as it is, so that the first look of this process knows whether it is what it ought to be. */
  async adoptStatefulSet(): Promise<void> {
    const { objects, access } = await this.#mustHaveSeen();
    const live = objects.statefulSet;
    if (live === undefined) return;
    const { desired } = this.#asLargeAsItIs(live, this.#cluster, objects, access);
    try {
      await this.#tools.applier.apply(STATEFUL_SET, desired, live, { exactly: true });
    } catch (error) {
      // The turn that follows asks for it again, and tells that it is refused.
      if (!isRefusal(error)) throw error;
    }
  }

  async applyObjects(decision: Decision & { readonly podCount: number }): Promise<readonly ApplyRefusal[]> {
    const { objects, access, observed } = await this.#mustHaveSeen();
    const { podCount, orders, leaderKnown, status } = decision;
    const voters = status.members.filter(({ role }) => role !== 'Learner');
    const lost = voters.filter(({ id, pod }) => {
      const answer = pod === undefined ? undefined : observed.reports.get(pod);
      return answer !== undefined && answer.id !== id;
    });
    const wanted = this.#wanted(this.#clusterOf(objects), objects, {
      ...access,
      podCount,
      orders,
      leaderKnown,
      voterCount: voters.length,
      lostVoterCount: lost.length,
    });
    const { refusals, volumes } = await this.#tools.writer.write(wanted, objects);
    for (const message of volumes) this.tell({ type: 'Warning', reason: 'VolumeGrowthRefused', message });
    for (const { isNews, kind, name, message } of refusals)
      if (isNews)
        this.tell({ type: 'Warning', reason: 'ApplyRefused', message: `${kind} ${name}: ${message}` });
    return refusals.map(({ kind, name, message }) => ({ kind, name, message }));
  }

  async writeStatus(status: RecordedStatus, resourceVersion: string): Promise<void> {
    const { objects } = await this.#mustHaveSeen();
    const { name, namespace, uid } = this.#cluster.metadata;
    const { apiVersion, kind } = PAXOS_CLUSTER;
    const metadata = { name, namespace, uid, resourceVersion };
    const written = { apiVersion, kind, metadata, status: writtenStatus(status, this.#clusterOf(objects)) };
    await this.#tools.api.applyStatus(PAXOS_CLUSTER, written);
  }

  tell({ type, reason, message }: PlannedEvent): void {
    const regarding = this.#seen?.objects.resource;
    if (regarding === undefined) return;
    this.#tools.events.record({ regarding, type, reason, action: reason, note: message });
  }

  async act(action: Action): Promise<void> {
    try {
      await this.#perform(action);
    } catch (error) {
      if (error instanceof ReplicaFailure) throw new Refused(action, error.message, { cause: error });
      throw error;
    }
  }

  async #perform(action: Action): Promise<void> {
    const { api, replicas } = this.#tools;
    const { namespace } = this.#cluster.metadata;
    switch (action.kind) {
      case 'recordBootstrap':
      case 'recordRecovery':
        throw new Error('an intent is a matter of the status');
      case 'bootstrap': {
        const members = action.founders.map(({ id, pod }) => this.#newMember(id, pod));
        return await replicas.bootstrap(
          await this.#reach(action.pod, action),
          action.clusterId,
          action.seed,
          members,
        );
      }
      case 'addLearner':
        return await replicas.addLearner(
          await this.#reach(action.leaderPod, action),
          this.#newMember(action.id, action.pod),
        );
      case 'promote':
        return await replicas.promote(await this.#reach(action.leaderPod, action), action.id);
      case 'removeMember':
        return await replicas.remove(await this.#reach(action.leaderPod, action), action.id);
      case 'transfer':
        return await replicas.transfer(await this.#reach(action.leaderPod, action), action.to);
      case 'deletePod':
        return await this.#deletePod(action);
      case 'labelLeader': {
        const { name, uid } = action.pod;
        const labels = { [ROLE_LABEL]: action.leads ? LEADER_ROLE : null };
        await api.patch(POD, { name, namespace }, { metadata: { uid, labels } });
        return;
      }
      case 'annotateVolume': {
        const { name, uid, resourceVersion } = action.volume;
        const annotations = {
          [CLUSTER_ID_ANNOTATION]: action.clusterId ?? null,
          [REPLICA_ID_ANNOTATION]: action.replicaId ?? null,
          [REMOVED_REPLICA_ID_ANNOTATION]: action.removedReplicaId ?? null,
        };
        await api.patch(
          PERSISTENT_VOLUME_CLAIM,
          { name, namespace },
          { metadata: { uid, resourceVersion, annotations } },
        );
      }
    }
  }

  async #deletePod(action: Extract<Action, { kind: 'deletePod' }>): Promise<void> {
    const { api } = this.#tools;
    const { name, uid } = action.pod;
    const identity = { name, namespace: this.#cluster.metadata.namespace, uid };
    try {
      await (action.evicts ? api.evict(identity) : api.delete(POD, identity));
    } catch (error) {
      if (action.evicts && error instanceof Unavailable)
        throw new Refused(action, error.message, { cause: error });
      // It has gone by itself.
      if (!(error instanceof NotFound)) throw error;
    }
  }

  async #reach(podName: string, action: Action): Promise<ReplicaEndpoint> {
    const { objects, access } = await this.#mustHaveSeen();
    const endpoint = this.#endpoint(podName, objects, access);
    if (endpoint === undefined) throw new Refused(action, `${podName} has no address`);
    return endpoint;
  }

  #newMember(id: string, podName: string): NewMember {
    return {
      id,
      host: this.#hostOf(podName),
      peerPort: PORTS.peer,
      redisPort: PORTS.redis,
      clusterPort: PORTS.cluster,
      httpPort: PORTS.http,
      adminPort: PORTS.admin,
    };
  }

  async #mustHaveSeen(): Promise<Seen> {
    if (this.#seen === undefined) await this.look();
    if (this.#seen === undefined) throw new Error('nothing can be done to a cluster that is gone');
    return this.#seen;
  }

  #wanted(cluster: PaxosCluster, objects: ClusterObjects, decided: Decided): Wanted {
    const { metadata, spec } = cluster;
    const { pods, volumes } = readPlaces(metadata.name, objects, spec.storage.size);
    return {
      metadata,
      spec,
      surplusVolumesGo: surplusVolumesGo(decided.podCount, { pods, volumes }),
      templateSize: templateSize(objects.statefulSet),
      operator: this.#tools.operator,
      served: this.#tools.foreign.served,
      ...decided,
    };
  }
}

type Decided = Pick<
  Wanted,
  'podCount' | 'voterCount' | 'lostVoterCount' | 'leaderKnown' | 'orders' | 'clusterSecret' | 'password'
>;

/** For objects that don't depend on any of it. */
const NOTHING_DECIDED: Decided = {
  podCount: 0,
  voterCount: 0,
  lostVoterCount: 0,
  leaderKnown: false,
  orders: {},
  clusterSecret: '',
  password: '',
};

function missingMonitor({ spec }: PaxosCluster, served: ServedKinds): string | undefined {
  const { monitor } = spec.monitoring;
  const isServed =
    monitor === 'None' || (monitor === 'ServiceMonitor' ? served.serviceMonitor : served.podMonitor);
  return isServed
    ? undefined
    : `this API server has no ${monitor}: install the Prometheus operator, or set spec.monitoring.monitor to None`;
}

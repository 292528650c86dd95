/**
 * Looks after every `PaxosCluster`: informers → queue of names → a turn for each. What it remembers of a cluster between two turns is
 * only what costs a request to find out again.
 */
import { CLUSTER_LABEL } from '../desired/labels.ts';
import type { OperatorPods } from '../desired/wanted.ts';
import { Applier } from '../kube/applier.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { Conflict, type Forbidden, type Invalid, isRefusal } from '../kube/failures.ts';
import { Informer } from '../kube/informer.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { keyOf, type KubeObject, nameOfKey } from '../kube/kube-object.ts';
import { type Reconciled, ReconcileLoop } from '../kube/reconcile-loop.ts';
import type { RuntimeObserver } from '../kube/runtime-event.ts';
import { ReplicaClient } from '../replica-client/replica-client.ts';
import { parsePaxosCluster } from '../resource/paxos-cluster.ts';
import { faultText } from '../resource/schema/parse.ts';
import {
  CachedObjects,
  type LooseObject,
  OWNED_KINDS,
  PAXOS_CLUSTER,
  ServerObjects,
} from './cluster-objects.ts';
import { type ClusterSummary, clusterSummary } from './cluster-summary.ts';
import { ClusterTurn, type TurnTools } from './cluster-turn.ts';
import { ForeignKinds } from './foreign-kinds.ts';
import { ObjectWriter } from './object-writer.ts';
import { SharedSecrets } from './shared-secrets.ts';
import { timeText } from './status-record.ts';
import { takeTurn, type TurnResult } from './turn.ts';

const CONTROLLER_NAME = 'paxoscluster';
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'paxoskv-operator' };
/** The cache is behind what was just written: it catches up within some milliseconds. */
const AFTER_CONFLICT_MS = 200;
/** A replica that refuses has its reasons for a while. */
const AFTER_REFUSAL_MS = 1_000;
/** A turn waits for replicas most of the time. */
const CONCURRENCY = 8;

export interface ControllerOptions {
  readonly api: KubeApi;
  /** Whether this process leads; replicas are told nothing while it does not. */
  readonly mayAct: () => boolean;
  /** The namespaces that are looked after; empty: all of them. */
  readonly namespaces: readonly string[];
  /** Of this program; undefined: it runs outside of the cluster. */
  readonly operator: OperatorPods | undefined;
  readonly observer: RuntimeObserver;
  /** Where the pages of `docs/` are read, without a slash at the end: conditions and events lead there. */
  readonly documentation: string;
  /** For events: `paxoskv.dev/operator`. */
  readonly reporter: string;
  readonly clockMs?: () => number;
  /** How often it is asked which kinds of others are there. */
  readonly foreignLookMs?: number;
}

export class PaxosClusterController {
  /** Without them nothing can be looked after. */
  readonly required: readonly Informer[];
  readonly loop: ReconcileLoop;
  readonly #informers: Map<Kind, readonly Informer[]>;
  readonly #foreign: ForeignKinds;
  /** What the informers have heard of. */
  readonly cached: CachedObjects;
  readonly #tools: TurnTools;
  readonly #replicas: ReplicaClient;
  readonly #events: EventRecorder;
  /** By the cluster's key; those whose stateful set this process has applied once. */
  readonly #known = new Map<string, { readonly uid: string; readonly transferFailures: number }>();

  constructor(options: ControllerOptions) {
    const { api, observer, reporter } = options;
    const applier = new Applier(api);
    const informersOf = (kind: Kind): readonly Informer[] => this.#informersOf(options, kind, applier);
    this.#informers = new Map([PAXOS_CLUSTER, ...OWNED_KINDS].map((kind) => [kind, informersOf(kind)]));
    this.required = this.informers;
    this.#foreign = new ForeignKinds({
      api,
      informers: this.#informers,
      informersOf,
      observer,
      lookMs: options.foreignLookMs,
    });
    this.cached = new CachedObjects(this.#informers);
    this.#replicas = new ReplicaClient(options.mayAct);
    this.#events = new EventRecorder({ api, controller: reporter, observer });
    this.#tools = {
      api,
      applier,
      writer: new ObjectWriter({ api, applier, cached: this.cached }),
      cached: this.cached,
      server: new ServerObjects(api),
      replicas: this.#replicas,
      secrets: new SharedSecrets(api, this.cached),
      events: this.#events,
      operator: options.operator,
      foreign: this.#foreign,
      documentation: options.documentation,
      clockMs: options.clockMs ?? Date.now,
    };
    this.loop = new ReconcileLoop({
      name: CONTROLLER_NAME,
      concurrency: CONCURRENCY,
      reconcile: async (key) => await this.#reconcile(key),
      observer,
    });
  }

  /** All that there are now. */
  get informers(): readonly Informer[] {
    return [...this.#informers.values()].flat();
  }

  /** Resolves when the caches are level with the API server for the first time, and the work has begun. */
  async start(): Promise<void> {
    for (const informer of this.required) informer.start();
    await Promise.all(this.required.map(async (informer) => await informer.synced()));
    await this.#foreign.start();
    this.loop.start();
  }

  /** As the cache has them; none before `start`. */
  clusters(): ClusterSummary[] {
    return this.cached.all(PAXOS_CLUSTER).map(clusterSummary);
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.#foreign.stop();
    await Promise.all(this.required.map(async (informer) => await informer.stop()));
    await this.#events.stop();
    this.#replicas.close();
  }

  #informersOf(
    { api, namespaces, observer }: ControllerOptions,
    kind: Kind,
    applier: Applier,
  ): readonly Informer[] {
    const scopes = namespaces.length === 0 ? [undefined] : namespaces;
    const labels = kind === PAXOS_CLUSTER ? {} : MANAGED_BY;
    return scopes.map(
      (namespace) =>
        new Informer({
          api,
          kind,
          selection: { namespace, labels },
          onChange: ({ type, object }) => {
            if (type === 'deleted') applier.forget(kind, object.metadata);
            this.#enqueue(kind, object);
          },
          observer,
        }),
    );
  }

  #enqueue(kind: Kind, { metadata }: KubeObject): void {
    const name = kind === PAXOS_CLUSTER ? metadata.name : metadata.labels?.[CLUSTER_LABEL];
    if (name === undefined || metadata.namespace === undefined) return;
    this.loop.add(keyOf({ namespace: metadata.namespace, name }));
  }

  async #reconcile(key: string): Promise<Reconciled> {
    const { namespace = '', name } = nameOfKey(key);
    const resource = this.cached.find(PAXOS_CLUSTER, { namespace, name });
    if (resource === undefined) {
      this.#known.delete(key);
      this.#tools.writer.forget({ namespace, name });
      return {};
    }
    const parsed = parsePaxosCluster(resource);
    try {
      if (parsed.kind === 'faulty') return await this.#sayFaults(resource, parsed.faults.map(faultText));
      const { metadata, spec } = parsed.cluster;
      const last = this.#known.get(key);
      const known = last?.uid === metadata.uid ? last : undefined;
      const turn = new ClusterTurn(this.#tools, parsed.cluster, known?.transferFailures ?? 0);
      if (known === undefined && !spec.paused && metadata.deletionTimestamp === undefined) {
        await turn.adoptStatefulSet();
      }
      return this.#remember(key, metadata.uid, known?.transferFailures ?? 0, await takeTurn(turn, turn));
    } catch (error) {
      if (error instanceof Conflict) return { requeueAfterMs: AFTER_CONFLICT_MS };
      if (isRefusal(error)) this.#tellRefusal(resource, error);
      throw error;
    }
  }

  #remember(
    key: string,
    uid: string,
    before: number,
    { requeueAfterMs, refused, done }: TurnResult,
  ): Reconciled {
    const failed = refused?.action.kind === 'transfer';
    const acted = done.some(({ kind }) => kind !== 'labelLeader' && kind !== 'annotateVolume');
    if (requeueAfterMs === undefined) this.#known.delete(key);
    else this.#known.set(key, { uid, transferFailures: failed ? before + 1 : acted ? 0 : before });
    return { requeueAfterMs: refused === undefined ? requeueAfterMs : AFTER_REFUSAL_MS };
  }

  /** What was recorded before stays: a latch must not be lost because a newer release wrote something that this one can't read. */
  async #sayFaults(resource: LooseObject, faults: readonly string[]): Promise<Reconciled> {
    const status = (resource['status'] ?? {}) as {
      conditions?: readonly { type: string; status: string; lastTransitionTime: string }[];
    };
    const last = status.conditions?.find(({ type }) => type === 'SpecValid');
    const condition = {
      type: 'SpecValid',
      status: 'False',
      reason: 'SpecInvalid',
      message: faults.join('; '),
      observedGeneration: resource.metadata.generation ?? 0,
      lastTransitionTime:
        last?.status === 'False' ? last.lastTransitionTime : timeText(this.#tools.clockMs()),
    };
    const others = (status.conditions ?? []).filter(({ type }) => type !== 'SpecValid');
    await this.#tools.applier.applyStatus(PAXOS_CLUSTER, resource, {
      ...status,
      conditions: [...others, condition],
    });
    return {};
  }

  #tellRefusal(resource: LooseObject, error: Invalid | Forbidden): void {
    this.#events.record({
      regarding: resource,
      type: 'Warning',
      reason: 'ApplyRefused',
      action: 'Apply',
      note: error.message,
    });
  }
}

/** The objects of one cluster: as the caches have them, or as the API server has them now. */
import {
  CONFIG_MAP,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from '../kube/builtin-kinds.ts';
import type { Informer } from '../kube/informer.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject, Live, ObjectName } from '../kube/kube-object.ts';
import { CLUSTER_LABEL } from '../desired/labels.ts';
import { ordersName } from '../desired/names.ts';
import { API_VERSION, KIND, PLURAL } from '../resource/release.ts';

export const PAXOS_CLUSTER: Kind = { apiVersion: API_VERSION, kind: KIND, plural: PLURAL, namespaced: true };
export const CERTIFICATE: Kind = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  plural: 'certificates',
  namespaced: true,
};
export const SERVICE_MONITOR: Kind = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  plural: 'servicemonitors',
  namespaced: true,
};
export const POD_MONITOR: Kind = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PodMonitor',
  plural: 'podmonitors',
  namespaced: true,
};

/** What the operator makes and watches, beside the clusters themselves. Those of others only where they are known. */
export const OWNED_KINDS: readonly Kind[] = [
  POD,
  PERSISTENT_VOLUME_CLAIM,
  STATEFUL_SET,
  SERVICE,
  SECRET,
  CONFIG_MAP,
  SERVICE_ACCOUNT,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
];
export const FOREIGN_KINDS: readonly Kind[] = [CERTIFICATE, SERVICE_MONITOR, POD_MONITOR];

/** Fields of other kinds are nobody's business here. */
export type LooseObject = Live<KubeObject & Readonly<Record<string, unknown>>>;

export interface ClusterObjects {
  readonly resource: LooseObject;
  readonly statefulSet: LooseObject | undefined;
  readonly pods: readonly LooseObject[];
  readonly claims: readonly LooseObject[];
  readonly orders: LooseObject | undefined;
}

export interface ObjectSource {
  objects(name: Required<ObjectName>): Promise<ClusterObjects | undefined>;
}

/** By kind; several when the operator looks after some namespaces only. */
export type Informers = ReadonlyMap<Kind, readonly Informer[]>;

export class CachedObjects implements ObjectSource {
  readonly #informers: Informers;

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  /** What the caches hold of a kind under that name. */
  find(kind: Kind, name: ObjectName): LooseObject | undefined {
    for (const { cache } of this.#informers.get(kind) ?? []) {
      const found = cache.get(name);
      if (found !== undefined) return found as LooseObject;
    }
    return undefined;
  }

  /** What the caches hold of a kind, in no particular order. */
  all(kind: Kind): LooseObject[] {
    return (this.#informers.get(kind) ?? []).flatMap(({ cache }) => cache.select()) as LooseObject[];
  }

  /** Since the API server was last heard of about that kind; of several namespaces, in the one where it is longest ago. */
  ageMs(kind: Kind): number {
    return Math.max(0, ...(this.#informers.get(kind) ?? []).map((informer) => informer.ageMs()));
  }

  objects(name: Required<ObjectName>): Promise<ClusterObjects | undefined> {
    const resource = this.find(PAXOS_CLUSTER, name);
    if (resource === undefined) return Promise.resolve(undefined);
    const orders = { namespace: name.namespace, name: ordersName(name.name) };
    return Promise.resolve({
      resource,
      statefulSet: this.find(STATEFUL_SET, name),
      pods: this.#select(POD, name),
      claims: this.#select(PERSISTENT_VOLUME_CLAIM, name),
      orders: this.find(CONFIG_MAP, orders),
    });
  }

  #select(kind: Kind, { namespace, name }: Required<ObjectName>): LooseObject[] {
    const selection = { namespace, labels: { [CLUSTER_LABEL]: name } };
    return (this.#informers.get(kind) ?? []).flatMap(({ cache }) => cache.select(selection)) as LooseObject[];
  }
}

export class ServerObjects implements ObjectSource {
  readonly #api: KubeApi;

  constructor(api: KubeApi) {
    this.#api = api;
  }

  async objects(name: Required<ObjectName>): Promise<ClusterObjects | undefined> {
    const selection = { namespace: name.namespace, labels: { [CLUSTER_LABEL]: name.name } };
    const orders = { namespace: name.namespace, name: ordersName(name.name) };
    const [resource, statefulSet, pods, claims, ordersMap] = await Promise.all([
      this.#api.find(PAXOS_CLUSTER, name),
      this.#api.find(STATEFUL_SET, name),
      this.#api.list(POD, selection),
      this.#api.list(PERSISTENT_VOLUME_CLAIM, selection),
      this.#api.find(CONFIG_MAP, orders),
    ]);
    if (resource === undefined) return undefined;
    return {
      resource: resource as LooseObject,
      statefulSet: statefulSet as LooseObject | undefined,
      pods: pods.items as LooseObject[],
      claims: claims.items as LooseObject[],
      orders: ordersMap as LooseObject | undefined,
    };
  }
}

/** Finds the replicas of a cluster whose admin ports can be asked, and what it takes to get in there. */
import type { CachedObjects, LooseObject } from '../controller/cluster-objects.ts';
import { isReady, podAddress } from '../controller/read-objects.ts';
import { CLUSTER_SECRET_KEY } from '../desired/cluster-secret.ts';
import { LEADER_ROLE, ROLE_LABEL } from '../desired/labels.ts';
import { clusterSecretName, podHost, tlsSecretName } from '../desired/names.ts';
import { PORTS } from '../desired/ports.ts';
import { SECRET } from '../kube/builtin-kinds.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { parsePaxosCluster } from '../resource/paxos-cluster.ts';

/** Secrets with certificates may be users' own and are not watched: a page asks anew each second or two while it gets no answer. */
const AUTHORITY_AGE_MS = 30_000;

export interface ReplicaDoor {
  readonly address: string;
  readonly port: number;
  /** The name on its certificate. */
  readonly host: string;
  readonly secret: string | undefined;
  /** Who signs its certificate, in PEM; undefined: it speaks no TLS. */
  readonly authority: string | undefined;
}

export interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

export interface ReplicaDoorsOptions {
  readonly api: Pick<KubeApi, 'find'>;
  readonly cached: CachedObjects;
  /** The replicas' own, unless given. */
  readonly adminPort?: number;
}

export class ReplicaDoors {
  readonly #options: ReplicaDoorsOptions;
  readonly #authorities = new Map<string, { readonly text: string; readonly readMs: number }>();

  constructor(options: ReplicaDoorsOptions) {
    this.#options = options;
  }

  /** Those that have an address, the likeliest to answer first; a sentence when there is none. */
  async find(name: ClusterName): Promise<readonly ReplicaDoor[] | string> {
    const { cached, adminPort = PORTS.admin } = this.#options;
    const objects = await cached.objects(name);
    if (objects === undefined) return 'there is no such cluster';
    const parsed = parsePaxosCluster(objects.resource);
    if (parsed.kind === 'faulty') return 'this operator does not understand its spec';
    const pods = objects.pods.filter((pod) => podAddress(pod) !== undefined);
    if (pods.length === 0) return 'none of its pods has an address';
    const { tls } = parsed.cluster.spec;
    const authority =
      tls === undefined
        ? undefined
        : await this.#authority(name.namespace, tls.secretName ?? tlsSecretName(name.name));
    const secret = this.#secret(name);
    return pods
      .toSorted((a, b) => rankOf(a) - rankOf(b))
      .map((pod) => ({
        address: podAddress(pod) ?? '',
        port: adminPort,
        host: podHost(pod.metadata.name, name.name, name.namespace),
        secret,
        authority,
      }));
  }

  #secret({ namespace, name }: ClusterName): string | undefined {
    const found = this.#options.cached.find(SECRET, { namespace, name: clusterSecretName(name) });
    const value = (found?.['data'] as Record<string, string> | undefined)?.[CLUSTER_SECRET_KEY];
    // The first of two counts while one replaces the other.
    return value === undefined ? undefined : decoded(value).split('\n')[0];
  }

  async #authority(namespace: string, name: string): Promise<string> {
    const key = `${namespace}/${name}`;
    const known = this.#authorities.get(key);
    if (known !== undefined && performance.now() - known.readMs < AUTHORITY_AGE_MS) return known.text;
    const secret = await this.#options.api.find(SECRET, { namespace, name });
    const data = (secret as unknown as { data?: Record<string, string> } | undefined)?.data;
    const text = decoded(data?.['ca.crt'] ?? '');
    this.#authorities.set(key, { text, readMs: performance.now() });
    return text;
  }
}

/** A pod that is gone or stands still keeps its address, and the label of the leader until another one leads. */
function rankOf(pod: LooseObject): number {
  if (!isReady(pod)) return 2;
  return pod.metadata.labels?.[ROLE_LABEL] === LEADER_ROLE ? 0 : 1;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

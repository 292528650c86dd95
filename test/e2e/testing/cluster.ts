/** One PaxosCluster, as its owner sees it, and what its replicas say of themselves. */
import { type KubeObject, type Namespace, isReady, type Pod } from './kube.ts';
import { until } from './waiting.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface Member {
  readonly id: string;
  readonly pod?: string;
  readonly role: 'Leader' | 'Voter' | 'Learner';
  readonly ready: boolean;
}

export interface PaxosCluster extends KubeObject {
  readonly spec: { readonly replicas: number; readonly image: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly clusterId?: string;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly ready?: string;
    readonly leader?: string;
    readonly members?: readonly Member[];
    readonly selector?: string;
    readonly binding?: { readonly name: string };
  };
}

/** One row of `paxosctl status --output json`. */
export interface ReplicaRow {
  readonly id: string;
  readonly role: string;
  readonly endpoint: string;
  readonly cluster: string | null;
  readonly voter: boolean | null;
}

/** A row names the replica that was asked by the address at which it was asked: in its own pod, by this one. */
const OWN_ADMIN_PORT = '127.0.0.1:9379';
const KIND = 'paxosclusters.paxoskv.dev';
const HEALTHY = {
  Available: 'True',
  QuorumAvailable: 'True',
  MembersReady: 'True',
  MembersUpdated: 'True',
  StorageReady: 'True',
  SecretsReady: 'True',
  Bootstrapped: 'True',
  SpecValid: 'True',
  Progressing: 'False',
  Degraded: 'False',
} as const;

export class Cluster {
  readonly namespace: Namespace;
  readonly name: string;

  constructor(namespace: Namespace, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  get #labels(): string {
    return `paxoskv.dev/cluster=${this.name}`;
  }

  async apply(spec: object, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.namespace.apply({
      apiVersion: 'paxoskv.dev/v1alpha1',
      kind: 'PaxosCluster',
      metadata: { name: this.name, annotations },
      spec,
    });
  }

  async patch(spec: object): Promise<void> {
    await this.namespace.patch(KIND, this.name, { spec });
  }

  async annotate(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.namespace.patch(KIND, this.name, { metadata: { annotations } });
  }

  async remove(): Promise<void> {
    await this.namespace.must('delete', KIND, this.name, '--timeout=60s');
  }

  read(): Promise<PaxosCluster> {
    return this.namespace.get(KIND, this.name);
  }

  pods(): Promise<Pod[]> {
    return this.namespace.list('pods', this.#labels);
  }

  /** All pods at once, without a chance to hand anything over; their volumes stay. */
  async killAllPods(): Promise<void> {
    await this.namespace.killPods(this.#labels);
  }

  claim(ordinal: number): string {
    return `data-${this.name}-${ordinal}`;
  }

  host(ordinal: number): string {
    return `${this.name}-${ordinal}.${this.name}-peers`;
  }

  /** Everything as the spec asks for, and the status says so of this very spec. */
  async healthy(deadlineMs: number): Promise<PaxosCluster> {
    return await until(`${this.name} is healthy`, deadlineMs, async () => {
      const cluster = await this.read();
      const why = whyNotHealthy(cluster);
      return why === undefined ? { done: cluster } : { yet: why };
    });
  }

  /** The pod that leads, by the replicas' own account as the operator passes it on. */
  async leader(deadlineMs = 30_000): Promise<string> {
    return await until(`${this.name} has a leader`, deadlineMs, async () => {
      const leader = (await this.read()).status?.leader;
      return leader === undefined ? { yet: 'status.leader is empty' } : { done: leader };
    });
  }

  async condition(
    type: string,
    wanted: (condition: Condition) => boolean,
    deadlineMs: number,
  ): Promise<Condition> {
    return await until(`${type} of ${this.name} becomes as expected`, deadlineMs, async () => {
      const condition = conditionOf(await this.read(), type);
      if (condition !== undefined && wanted(condition)) return { done: condition };
      return { yet: `it is ${condition?.status} (${condition?.reason}: ${condition?.message})` };
    });
  }

  async podsReady(count: number, deadlineMs: number): Promise<Pod[]> {
    return await until(`${count} pods of ${this.name} are ready`, deadlineMs, async () => {
      const pods = await this.pods();
      const ready = pods.filter(isReady);
      return ready.length === count && pods.length === count
        ? { done: pods }
        : { yet: `${ready.length} of ${pods.length} are` };
    });
  }

  /** What the replica in this pod says of itself. */
  async ownRow(pod: string): Promise<ReplicaRow> {
    const own = (await this.replicas(pod)).find(({ endpoint }) => endpoint.endsWith(OWN_ADMIN_PORT));
    if (own === undefined) throw new Error(`the replica in ${pod} does not answer`);
    return own;
  }

  /** What the replicas say of themselves, asked in one of their pods. `paxosctl` ends with 1 when none of them leads. */
  async replicas(pod = `${this.name}-0`): Promise<ReplicaRow[]> {
    const { stdout, stderr } = await this.namespace.run(
      'exec',
      pod,
      '--container=node',
      '--',
      'paxosctl',
      'status',
      '--output=json',
      `--endpoints=${OWN_ADMIN_PORT}`,
      '--cluster-secret-file=/run/paxoskv/cluster-secret/secret',
    );
    if (stdout === '') throw new Error(`paxosctl status in ${pod}: ${stderr}`);
    return JSON.parse(stdout) as ReplicaRow[];
  }
}

export function conditionOf(cluster: PaxosCluster, type: string): Condition | undefined {
  return cluster.status?.conditions?.find((condition) => condition.type === type);
}

function whyNotHealthy(cluster: PaxosCluster): string | undefined {
  const { status = {}, spec, metadata } = cluster;
  if (status.observedGeneration !== metadata.generation) {
    return `generation ${metadata.generation} is not observed yet`;
  }
  for (const [type, wanted] of Object.entries(HEALTHY)) {
    const condition = conditionOf(cluster, type);
    if (condition?.status !== wanted || condition.observedGeneration !== metadata.generation) {
      return `${type} is ${condition?.status} (${condition?.reason}: ${condition?.message})`;
    }
  }
  if (status.ready !== `${spec.replicas}/${spec.replicas}`) return `ready is ${status.ready}`;
  if (status.leader === undefined) return 'no leader is named';
  const voters = status.members?.filter(({ role, ready }) => role !== 'Learner' && ready) ?? [];
  if (voters.length !== spec.replicas || status.members?.length !== spec.replicas) {
    return `members are ${JSON.stringify(status.members)}`;
  }
  return undefined;
}

/** The operator of one story, installed by its chart: unless the story wishes otherwise, it looks after the story's namespace and nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { kubectl } from '../../crd/api-server.ts';
import { OPERATOR_IMAGE } from '../images.ts';
import { isReady, type KubeObject, type Namespace, type Pod } from './kube.ts';
import { until } from './waiting.ts';

const NAME = 'paxoskv-operator';
const READY_MS = 120_000;
const HELM_TIMEOUT_MS = 120_000;
const HEALTH_PORT = 8081;

/** What is installed: a chart, and the image that belongs to it. */
export interface Release {
  readonly chart: string;
  readonly image: string;
}

export const PRESENT: Release = {
  chart: path.join(import.meta.dirname, '..', '..', '..', 'charts', 'paxoskv-operator'),
  image: OPERATOR_IMAGE,
};

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity?: string };
}

export class Operator {
  readonly #namespace: Namespace;
  readonly #replicas: number;

  constructor(namespace: Namespace, replicas: number) {
    this.#namespace = namespace;
    this.#replicas = replicas;
  }

  /** Over what is there, or anew. `values` of the chart are besides those of every story. Resolves when as many pods as asked for are ready. */
  async install({ chart, image }: Release = PRESENT, values: object = {}): Promise<void> {
    const [repository = '', tag = ''] = image.split(/:(?=[^/]*$)/);
    const all = {
      image: { repository, tag },
      replicas: this.#replicas,
      watchNamespaces: [this.#namespace.name],
      // Shared by all stories: the definition is there already, and roles of the whole cluster are nobody's.
      crds: { create: false },
      rbac: { aggregateClusterRoles: false },
      resources: { requests: { cpu: '20m' } },
      ...values,
    };
    // The definition may be another release's, or applied by kubectl: it is this one's if it brings one.
    const owned = ['--take-ownership', ...(helmAppliesAsServer() ? ['--force-conflicts'] : [])];
    this.#helm(
      ['upgrade', '--install', '--create-namespace', ...owned, NAME, chart, '--values', '-'],
      JSON.stringify(all),
    );
    await this.ready(this.#replicas);
  }

  /** To what was installed before. */
  async rollBack(): Promise<void> {
    this.#helm(['rollback', NAME]);
    await this.ready(this.#replicas);
  }

  uninstall(): void {
    this.#helm(['uninstall', NAME, '--wait']);
  }

  pods(): Promise<Pod[]> {
    return this.#namespace.list('pods', `app.kubernetes.io/name=${NAME}`);
  }

  async ready(count: number): Promise<Pod[]> {
    return await until(`${count} pods of the operator are ready`, READY_MS, async () => {
      const pods = await this.pods();
      return pods.length === count && pods.every(isReady)
        ? { done: pods }
        : { yet: pods.map((pod) => `${pod.metadata.name} ${pod.status.phase}`).join(', ') };
    });
  }

  /** Who works: a pod's name, `_`, and what tells its processes apart. Empty: nobody does. */
  async holder(): Promise<string> {
    return (await this.#namespace.find<Lease>('lease', NAME))?.spec.holderIdentity ?? '';
  }

  /** Pods of this image alone are there, and one of them is the one that works. Resolves to its name. */
  async leads(image: string): Promise<string> {
    return await until(`an operator of ${image} leads`, READY_MS, async () => {
      const pods = await this.pods();
      const holder = await this.holder();
      const leader = pods.find(({ metadata }) => holder.startsWith(`${metadata.name}_`));
      return leader !== undefined && pods.every(({ spec }) => spec.containers[0]?.image === image)
        ? { done: leader.metadata.name }
        : { yet: `'${holder}' does` };
    });
  }

  /** What its process has in memory, in bytes; undefined while nobody answers, as between two lives. */
  async residentBytes(): Promise<number | undefined> {
    const [pod] = await this.pods();
    const metrics = `pods/${pod?.metadata.name}:${HEALTH_PORT}/proxy/metrics`;
    const { stdout } = await kubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/${this.#namespace.name}/${metrics}`,
    ]);
    const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(stdout) ?? [];
    return bytes === undefined ? undefined : Number(bytes);
  }

  /** Requests to the API server so far, by method. */
  async requests(): Promise<Record<string, number>> {
    const [pod] = await this.pods();
    const text = await this.#namespace.askPodForText(pod?.metadata.name ?? '', HEALTH_PORT, '/metrics');
    const counts: Record<string, number> = {};
    for (const line of text.split('\n')) {
      const [, method, count] = /^rest_client_requests_total\{.*method="(\w+)".*\} (\d+)$/.exec(line) ?? [];
      if (method !== undefined) counts[method] = (counts[method] ?? 0) + Number(count);
    }
    return counts;
  }

  async scale(replicas: number): Promise<void> {
    await this.#namespace.must('scale', 'deployment', NAME, `--replicas=${replicas}`);
    await this.ready(replicas);
  }

  #helm(args: readonly string[], input = ''): void {
    const all = [...args, '--namespace', this.#namespace.name];
    const { status, stderr, error } = spawnSync('helm', all, {
      input,
      encoding: 'utf8',
      timeout: HELM_TIMEOUT_MS,
    });
    assert.equal(status, 0, `helm ${all.join(' ')}: ${error?.message ?? stderr}`);
  }
}

/** From Helm 4 on: what another manager of fields has set is a conflict then, and must be taken by force. */
function helmAppliesAsServer(): boolean {
  return spawnSync('helm', ['upgrade', '--help'], { encoding: 'utf8' }).stdout.includes('--force-conflicts');
}

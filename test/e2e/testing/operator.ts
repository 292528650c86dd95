/** The operator of one story, installed by its chart: it looks after the story's namespace and nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { OPERATOR_IMAGE } from '../images.ts';
import { isReady, type Namespace, type Pod } from './kube.ts';
import { until } from './waiting.ts';

const CHART = path.join(import.meta.dirname, '..', '..', '..', 'charts', 'paxoskv-operator');
const NAME = 'paxoskv-operator';
const READY_MS = 120_000;
const HELM_TIMEOUT_MS = 120_000;
const HEALTH_PORT = 8081;

export class Operator {
  readonly #namespace: Namespace;
  readonly #replicas: number;

  constructor(namespace: Namespace, replicas: number) {
    this.#namespace = namespace;
    this.#replicas = replicas;
  }

  /** Resolves when as many pods as asked for are ready. */
  async install(): Promise<void> {
    const [repository = '', tag = ''] = OPERATOR_IMAGE.split(/:(?=[^/]*$)/);
    const values = {
      image: { repository, tag },
      replicas: this.#replicas,
      watchNamespaces: [this.#namespace.name],
      // Shared by all stories: the definition is there already, and roles of the whole cluster are nobody's.
      crds: { create: false },
      rbac: { aggregateClusterRoles: false },
      resources: { requests: { cpu: '20m' } },
    };
    this.#helm(['upgrade', '--install', NAME, CHART, '--values', '-'], JSON.stringify(values));
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

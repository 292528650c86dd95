/** The operator of one story: it looks after the story's namespace and nothing else. */
import type { Namespace, Pod } from './kube.ts';
import { isReady } from './kube.ts';
import { OPERATOR_IMAGE } from './images.ts';
import { until } from './waiting.ts';

const READY_MS = 120_000;
const HEALTH_PORT = 8081;
const SELECTOR = 'app.kubernetes.io/name=paxoskv-operator';

export class Operator {
  readonly #namespace: Namespace;

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  static async install(namespace: Namespace, replicas = 1): Promise<Operator> {
    const operator = new Operator(namespace);
    const labels = { 'app.kubernetes.io/name': 'paxoskv-operator' };
    for (const object of [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator' } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'operator' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: namespace.name }],
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'operator' },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: 'operator',
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65_532,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              containers: [
                {
                  name: 'operator',
                  image: OPERATOR_IMAGE,
                  imagePullPolicy: 'IfNotPresent',
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                  args: [`--namespaces=${namespace.name}`],
                  readinessProbe: { httpGet: { path: '/readyz', port: 8081 }, periodSeconds: 2 },
                },
              ],
            },
          },
        },
      },
    ])
      await namespace.apply(object);
    await operator.ready(replicas);
    return operator;
  }

  pods(): Promise<Pod[]> {
    return this.#namespace.list('pods', SELECTOR);
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
    for (const [, method = '', count] of text.matchAll(
      /^rest_client_requests_total\{.*method="(\w+)".*\} (\d+)$/gm,
    )) {
      counts[method] = (counts[method] ?? 0) + Number(count);
    }
    return counts;
  }

  async scale(replicas: number): Promise<void> {
    await this.#namespace.must('scale', 'deployment', 'operator', `--replicas=${replicas}`);
  }
}

/** What a Prometheus of somebody's gets from the pods and the operator, and what the shipped rules make of it. */
import { prometheusMissing, RealPrometheus, type ScrapeJob } from '../alerts/testing/real-prometheus.ts';
import { kubectlProxy } from './testing/kubectl-listening.ts';
import { story, type World } from './testing/story.ts';

const HEALED_MS = 180_000;
const PODS = ['demo-0', 'demo-1', 'demo-2'];
const ALERTS = [
  'PaxosKVQuorumLost',
  'PaxosKVQuorumUnavailable',
  'PaxosKVReplicasMissing',
  'PaxosKVClusterDegraded',
];

/** As the monitors of the charts say, by way of the API server. */
async function jobsOf({ context, namespace, operator }: World): Promise<ScrapeJob[]> {
  const address = await kubectlProxy(context);
  const job = (name: string, pods: readonly string[], port: number): ScrapeJob => ({
    job: name,
    targets: pods.map((pod) => ({
      address,
      path: `/api/v1/namespaces/${namespace.name}/pods/${pod}:${port}/proxy/metrics`,
      labels: { namespace: namespace.name, pod, instance: `${pod}:${port}` },
    })),
  });
  const operators = await operator.pods();
  return [
    job('demo-peers', PODS, 9379),
    job(
      'paxoskv-operator',
      operators.map(({ metadata }) => metadata.name),
      8081,
    ),
  ];
}

story('a lost quorum is told by the replicas and by the operator, and ends', async (world) => {
  const missing = prometheusMissing();
  if (missing !== undefined) return world.context.skip(missing);
  const cluster = await world.found(3);
  const prometheus = await RealPrometheus.start(world.context, await jobsOf(world));
  // A paused operator lets it be, and goes on telling.
  await cluster.patch({ paused: true });
  await world.namespace.must('scale', 'statefulset', 'demo', '--replicas=1');
  for (const { annotations } of await prometheus.fires(...ALERTS))
    world.tell(`fires: ${annotations['summary']}`);
  await cluster.patch({ paused: false });
  await cluster.healthy(HEALED_MS);
  await prometheus.resolves(...ALERTS);
  world.tell('all of them have ended');
});

/** A real cluster whose machines may misbehave, and a real Prometheus that watches it. */
import type { TestContext } from 'node:test';
import { FAULTY_REPLICA } from '../../testing/machine-faults.ts';
import { type ClusterChoices, RealCluster } from '../../testing/real-cluster.ts';
import { RealPrometheus, type ScrapeJob } from './real-prometheus.ts';

export interface Watched {
  readonly cluster: RealCluster;
  readonly prometheus: RealPrometheus;
}

export async function watchedCluster(
  t: TestContext,
  replicas = 3,
  choices: ClusterChoices = {},
): Promise<Watched> {
  const cluster = await RealCluster.start(t, replicas, { ...choices, program: FAULTY_REPLICA });
  const prometheus = await RealPrometheus.start(t, [
    jobOf(cluster, choices.access?.tls === undefined ? 'http' : 'https'),
  ]);
  return { cluster, prometheus };
}

function jobOf(cluster: RealCluster, scheme: 'http' | 'https'): ScrapeJob {
  return {
    job: 'demo-peers',
    scheme,
    targets: cluster.indexes.map((index) => ({
      address: `127.0.0.1:${cluster.address(index).adminPort}`,
      labels: { namespace: 'shop', pod: `demo-${index}` },
    })),
  };
}

/**
 * A story: a namespace of its own with an operator of its own, made before it and removed after it. Its steps are told with the
 * time that they took; when it fails, what a person would look at is printed.
 */
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { applyDefinition, mustKubectl } from '../../crd/api-server.ts';
import { Cluster } from './cluster.ts';
import { printEvidence } from './evidence.ts';
import { NODE_IMAGE } from '../images.ts';
import { Namespace } from './kube.ts';
import { Load } from './load.ts';
import { Operator } from './operator.ts';

/** Nothing in these clusters is large; what is asked for is asked of a machine that may be small. */
export const SMALL_SPEC = {
  image: NODE_IMAGE,
  storage: { size: '1Gi' },
  resources: { requests: { cpu: '50m', memory: '128Mi' } },
} as const;
/** Volumes are made, pods are started, a cluster is founded. */
export const FOUNDED_MS = 120_000;

const NAME_PREFIX = process.env['E2E_NAMESPACE_PREFIX'] ?? 'paxoskv-e2e';

export interface World {
  readonly context: TestContext;
  readonly namespace: Namespace;
  readonly operator: Operator;
  /** Tells what happened. */
  tell(line: string): void;
  /** A healthy cluster of that size. */
  found(replicas: number, more?: object): Promise<Cluster>;
  load(cluster: Cluster): Promise<Load>;
}

export interface StoryOptions {
  readonly operators?: number;
  /** False: the story installs the operator itself. */
  readonly installed?: boolean;
}

export function story(
  name: string,
  body: (world: World) => Promise<void>,
  { operators = 1, installed = true }: StoryOptions = {},
): void {
  const skip =
    process.env['KUBECONFIG'] === undefined
      ? 'no KUBECONFIG: npm run test:e2e finds or makes a cluster'
      : false;
  void test(name, { skip }, async (context) => {
    const namespace = new Namespace(`${NAME_PREFIX}-${randomBytes(3).toString('hex')}`);
    await applyDefinition();
    await mustKubectl(['apply', '--server-side', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace.name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const startedAt = performance.now();
    const tell = (line: string): void => {
      console.log(`  ${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
    };
    try {
      const operator = new Operator(namespace, operators);
      if (installed) {
        await operator.install();
        tell(`the operator runs in ${namespace.name}`);
      }
      await body({
        context,
        namespace,
        operator,
        tell,
        found: founder(namespace, tell),
        load: (cluster) => Load.start(cluster),
      });
      tell('done');
    } catch (error) {
      await printEvidence(namespace.name);
      throw error;
    } finally {
      if (process.env['E2E_KEEP'] === undefined) await removeNamespace(namespace.name);
    }
  });
}

function founder(namespace: Namespace, tell: (line: string) => void): World['found'] {
  return async (replicas, more = {}) => {
    const cluster = new Cluster(namespace, 'demo');
    await cluster.apply({ ...SMALL_SPEC, replicas, ...more });
    const { status } = await cluster.healthy(FOUNDED_MS);
    tell(`${replicas} replicas are healthy, ${status?.leader} leads`);
    return cluster;
  };
}

/** Clusters first, while there is somebody to look after them; the rest may take its time. */
async function removeNamespace(name: string): Promise<void> {
  await mustKubectl(['delete', 'namespace', name, '--wait=false']);
}

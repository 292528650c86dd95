/** The client that writes and reads all the while, in a pod of its own, and the judgement over what it was told. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { whyNotLinearizable } from '../../testing/linearizability.ts';
import type { Cluster } from './cluster.ts';
import { NODE_IMAGE } from '../images.ts';
import { isReady, type Namespace, type Pod } from './kube.ts';
import { CONTROL_PORT, type LoadProgress, type LoadResult } from './load-protocol.ts';
import { until } from './waiting.ts';

/** The program and what it imports, by their places below `test/`. */
const PROGRAM = [
  'e2e/testing/load-pod.ts',
  'e2e/testing/load-protocol.ts',
  'testing/resp-connection.ts',
  'testing/deadline.ts',
];
const START_MS = 90_000;
/** Without any answer for so long, the cluster does not serve. */
const PROGRESS_MS = 60_000;

export class Load {
  readonly #cluster: Cluster;
  readonly #pod: string;

  private constructor(cluster: Cluster, pod: string) {
    this.#cluster = cluster;
    this.#pod = pod;
  }

  get #namespace(): Namespace {
    return this.#cluster.namespace;
  }

  /** Returns when the first requests are answered. */
  static async start(cluster: Cluster, service = cluster.name): Promise<Load> {
    const name = `load-${service}`;
    const load = new Load(cluster, name);
    await cluster.namespace.apply(programOf(name));
    await cluster.namespace.apply(podOf(name, service, cluster.name));
    await until('the client runs', START_MS, async () => {
      const pod = await cluster.namespace.find<Pod>('pod', name);
      return pod !== undefined && isReady(pod) ? { done: pod } : { yet: `it is ${pod?.status.phase}` };
    });
    await load.progress(20);
    return load;
  }

  look(): Promise<LoadProgress> {
    return this.#namespace.askPod(this.#pod, CONTROL_PORT, '/progress');
  }

  /** Waits until so many more requests have been answered. */
  async progress(requests: number): Promise<void> {
    const { done: before } = await this.look();
    await until(`${requests} more requests are answered`, PROGRESS_MS, async () => {
      const now = await this.look();
      return now.done >= before + requests ? { done: now } : { yet: JSON.stringify(now) };
    });
  }

  /** The longest time without an acknowledged write is counted from now on. */
  async mark(): Promise<void> {
    await this.#namespace.askPod(this.#pod, CONTROL_PORT, '/mark');
  }

  /** One command, asked in the client's pod with the cluster's password; null: no answer came. */
  async command(words: readonly string[], host = this.#cluster.name): Promise<string | null> {
    const query = new URLSearchParams({ host });
    for (const word of words) query.append('word', word);
    return await this.#namespace.askPod(this.#pod, CONTROL_PORT, `/ask?${query.toString()}`);
  }

  /** Ends it; everything that was acknowledged must be there through each replica, and the history linearizable. */
  async assertNothingLost(): Promise<string> {
    const { spec } = await this.#cluster.read();
    const query = new URLSearchParams();
    for (let ordinal = 0; ordinal < spec.replicas; ordinal += 1)
      query.append('through', this.#cluster.host(ordinal));
    const result: LoadResult = await this.#namespace.askPod(
      this.#pod,
      CONTROL_PORT,
      `/result?${query.toString()}`,
    );
    assert.deepEqual(result.lost, [], 'what was acknowledged is there');
    assert.deepEqual(result.undocumented, [], 'no error but those that are documented');
    assert.ok(result.acknowledged > 0, 'the client has written something');
    let calls = 0;
    for (const [key, history] of Object.entries(result.histories)) {
      const known = history.map((call) => ({
        ...call,
        returnedAt: call.returnedAt ?? Number.POSITIVE_INFINITY,
      }));
      const fault = whyNotLinearizable(known);
      assert.equal(fault, undefined, `${key}: ${fault}`);
      calls += history.length;
    }
    await this.#namespace.must('delete', 'pod', this.#pod, '--grace-period=0', '--force', '--wait=false');
    return (
      `${result.acknowledged} keys written once are all there; ${calls} calls on ${Object.keys(result.histories).length} ` +
      `shared keys are linearizable; ${result.notDone} not done, ${result.unknown} unknown, ${result.refusedConnections} connections refused`
    );
  }
}

/** A key of a ConfigMap can't hold a slash. */
const keyOf = (file: string): string => file.replaceAll('/', '_');

function programOf(name: string): object {
  const root = path.join(import.meta.dirname, '..', '..');
  const data = Object.fromEntries(
    PROGRAM.map((file) => [keyOf(file), readFileSync(path.join(root, file), 'utf8')]),
  );
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function podOf(name: string, service: string, cluster: string): object {
  const secretKeyRef = { name: `${cluster}-auth`, key: 'password' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'paxoskv.dev/e2e': 'client' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'client',
          image: NODE_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '/load/e2e/testing/load-pod.ts'],
          env: [
            { name: 'LOAD_HOST', value: service },
            { name: 'LOAD_PASSWORD', valueFrom: { secretKeyRef } },
          ],
          readinessProbe: { httpGet: { path: '/progress', port: CONTROL_PORT }, periodSeconds: 1 },
          resources: { requests: { cpu: '50m', memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'program', mountPath: '/load' }],
        },
      ],
      volumes: [
        {
          name: 'program',
          configMap: { name, items: PROGRAM.map((file) => ({ key: keyOf(file), path: file })) },
        },
      ],
    },
  };
}

/** The client that writes and reads all the while, in a pod of its own, and the judgement over what it was told. */
import assert from 'node:assert/strict';
import { whyNotLinearizable } from '../../testing/linearizability.ts';
import type { Cluster } from './cluster.ts';
import type { Namespace } from './kube.ts';
import { CONTROL_PORT, type LoadProgress, type LoadResult } from './load-protocol.ts';
import { startProgramPod } from './program-pod.ts';
import { until } from './waiting.ts';

/** The program, then what it imports. */
const PROGRAM: readonly [string, ...string[]] = [
  'e2e/testing/load-pod.ts',
  'e2e/testing/load-protocol.ts',
  'testing/resp-connection.ts',
  'testing/deadline.ts',
];
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
    const secretKeyRef = { name: `${cluster.name}-auth`, key: 'password' };
    await startProgramPod(cluster.namespace, {
      name,
      files: PROGRAM,
      env: [
        { name: 'LOAD_HOST', value: service },
        { name: 'LOAD_PASSWORD', valueFrom: { secretKeyRef } },
      ],
      readiness: { path: '/progress', port: CONTROL_PORT },
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
    await this.#namespace.killPod(this.#pod);
    return (
      `${result.acknowledged} keys written once are all there; ${calls} calls on ${Object.keys(result.histories).length} ` +
      `shared keys are linearizable; ${result.notDone} not done, ${result.unknown} unknown, ${result.refusedConnections} connections refused`
    );
  }
}

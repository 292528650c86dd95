/**
 * A cluster for one test: real processes, a temporary directory, random ports. Nothing of it is left
 * when the test ends, however it ends: the processes follow the test's, and the hooks below remove
 * what a signal would leave.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type AdminAnswer, AdminClient } from '../../node/local/admin-client.ts';
import { allReady, leaderOf, reportOf } from '../../node/local/cluster-watch.ts';
import { freePortBase } from '../../node/local/free-ports.ts';
import type { ReplicaProcessEvent } from '../../node/local/replica-process.ts';
import { REPLICA_PROGRAM, Supervisor } from '../../node/local/supervisor.ts';
import { type AccessFiles, OPEN_ACCESS } from '../../node/src/access-options.ts';
import type { Addresses } from '../../node/src/paxos/configuration.ts';
import { eventually } from './deadline.ts';

/** What a replica says of itself at `/v1/status`, as far as tests ask. */
export interface Status {
  readonly id: string;
  readonly cluster: string | null;
  readonly role: string;
  readonly leader: string | null;
  readonly chosen: number;
  readonly applied: number;
  readonly keys: number;
  readonly digest: { readonly slot: number; readonly value: string };
  /** The version that the cluster has agreed on; older programs say nothing of it. */
  readonly version?: number;
  readonly ready: boolean;
  readonly unreadyReasons: readonly string[];
}

const running = new Set<RealCluster>();
process.once('exit', () => {
  for (const cluster of running) cluster.vanish();
});
// The runner ends a file that takes too long with this signal, which alone would skip the line above.
process.once('SIGTERM', () => process.exit(1));

/** What a test may choose. */
export interface ClusterChoices {
  /** Without passwords and TLS unless given. */
  readonly access?: AccessFiles;
  /** The file of the program that is one replica. */
  readonly program?: string;
  /** Where the data directories are made. */
  readonly parent?: string;
  /** One that holds data directories already, instead of a new one; it is removed in the end. */
  readonly directory?: string;
  /** The first of its ports, where they matter. */
  readonly portBase?: number;
  readonly dataQuota?: string;
  readonly drainTime?: string;
  /** Their consoles may change keys. */
  readonly consoleWrites?: boolean;
  /** Variables of the replicas' environment besides ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class RealCluster {
  readonly directory: string;
  readonly addresses: readonly Addresses[];
  readonly #supervisor: Supervisor;
  readonly #client: AdminClient;
  readonly #lines: string[][];
  /** By index: how the latest process ended; undefined while one runs. */
  readonly #ends: (string | undefined)[];
  readonly #stopped = new Set<number>();

  /** Starts the replicas and waits until all of them are ready. */
  static async start(t: TestContext, replicas = 3, choices: ClusterChoices = {}): Promise<RealCluster> {
    const cluster = await RealCluster.#begin(t, replicas, choices, false);
    await cluster.allReady();
    return cluster;
  }

  /** Starts as many fresh replicas that wait to be added to a cluster, or to be told to found one. */
  static async startFresh(
    t: TestContext,
    replicas: number,
    choices: ClusterChoices = {},
  ): Promise<RealCluster> {
    return await RealCluster.#begin(t, replicas, choices, true);
  }

  static async #begin(
    t: TestContext,
    replicas: number,
    choices: ClusterChoices,
    join: boolean,
  ): Promise<RealCluster> {
    const portBase = choices.portBase ?? (await freePortBase(replicas));
    const cluster = new RealCluster(replicas, portBase, choices, join);
    t.after(() => cluster.end());
    t.after(() => {
      // The runner's declarations do not know this property yet.
      if (!(t as TestContext & { readonly passed: boolean }).passed) console.error(cluster.story());
    });
    cluster.#supervisor.start();
    return cluster;
  }

  private constructor(replicas: number, portBase: number, choices: ClusterChoices, join: boolean) {
    const { access = OPEN_ACCESS, program = REPLICA_PROGRAM, parent = tmpdir() } = choices;
    const { dataQuota, drainTime, environment, consoleWrites = false } = choices;
    this.#client = new AdminClient(access);
    this.directory = choices.directory ?? mkdtempSync(path.join(parent, 'paxoskv-cluster-'));
    this.#lines = Array.from({ length: replicas }, () => []);
    this.#ends = Array.from({ length: replicas }, () => undefined);
    this.#supervisor = new Supervisor(
      {
        replicas,
        directory: this.directory,
        portBase,
        verbose: false,
        restart: false,
        crashRoute: false,
        consoleWrites,
        access,
        program,
        dataQuota,
        drainTime,
        environment,
        join,
      },
      (event) => this.#observe(event),
    );
    this.addresses = this.#supervisor.addresses;
    running.add(this);
  }

  get indexes(): number[] {
    return [...this.addresses.keys()];
  }

  address(index: number): Addresses {
    const found = this.addresses[index];
    assert(found !== undefined, `there is no replica ${index}`);
    return found;
  }

  directoryOf(index: number): string {
    return path.join(this.directory, `replica-${index}`);
  }

  /** What the replica has printed, over all its lives. */
  lines(index: number): readonly string[] {
    return this.#lines[index] ?? [];
  }

  // --- Processes --------------------------------------------------------------------------------

  pid(index: number): number {
    const pid = this.#supervisor.processes[index]?.pid;
    assert(pid !== undefined, `replica ${index} does not run: ${this.#ends[index]}`);
    return pid;
  }

  isRunning(index: number): boolean {
    return this.#supervisor.processes[index]?.pid !== undefined;
  }

  /** A replica that has ended is started again; it is not ready yet when this returns. */
  restart(index: number): void {
    this.#ends[index] = undefined;
    this.#supervisor.processes[index]?.start();
  }

  /** kill -9, and waits until the process is gone. */
  async kill(...indexes: readonly number[]): Promise<void> {
    for (const index of indexes) this.signal(index, 'SIGKILL');
    for (const index of indexes) await this.ended(index);
  }

  signal(index: number, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    if (signal === 'SIGSTOP') this.#stopped.add(index);
    if (signal === 'SIGCONT') this.#stopped.delete(index);
    process.kill(this.pid(index), signal);
  }

  /** Resolves with how the process ended: a signal's name or `exit code n`. */
  async ended(index: number): Promise<string> {
    return await eventually(`replica ${index} has ended`, () => this.#ends[index]);
  }

  /** Ends what still runs and removes the directory. */
  async end(): Promise<void> {
    for (const index of this.#stopped) this.signal(index, 'SIGCONT');
    await this.#supervisor.stop();
    running.delete(this);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The same at once, for a process that is ending itself. */
  vanish(): void {
    for (const replica of this.#supervisor.processes) {
      if (replica.pid !== undefined) process.kill(replica.pid, 'SIGKILL');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** What the admin ports want to be shown. */
  get adminHeaders(): Readonly<Record<string, string>> {
    return this.#client.headers;
  }

  // --- What the replicas say --------------------------------------------------------------------

  /** Undefined when the replica does not answer. */
  async status(index: number): Promise<Status | undefined> {
    return (await this.#ask(index, '/v1/status'))?.body as Status | undefined;
  }

  /** Status code and body of `/readyz`; undefined when the replica does not answer. */
  async readiness(index: number): Promise<{ code: number; body: unknown } | undefined> {
    return await this.#ask(index, '/readyz');
  }

  /** Waits until all replicas are ready and agree on a leader. */
  async allReady(): Promise<void> {
    await eventually('all replicas are ready', async () =>
      allReady(await reportOf(this.addresses, this.#client)) ? true : undefined,
    );
  }

  async ready(...indexes: readonly number[]): Promise<void> {
    for (const index of indexes) {
      await eventually(`replica ${index} is ready`, async () =>
        (await this.readiness(index))?.code === 200 ? true : undefined,
      );
    }
  }

  /** Index of the replica that a majority calls the leader, once there is one. */
  async leader(): Promise<number> {
    return await eventually('somebody leads', async () =>
      leaderOf(await reportOf(this.addresses, this.#client)),
    );
  }

  /** Waits until all replicas have applied the same slots, and asserts that their states are the same. */
  async assertSameState(): Promise<void> {
    const statuses = await eventually('all replicas have applied the same slots', async () => {
      const all = await Promise.all(this.indexes.map((index) => this.status(index)));
      const known = all.filter((each) => each !== undefined);
      const level = known.length === all.length && new Set(known.map((each) => each.digest.slot)).size === 1;
      return level ? known : undefined;
    });
    const digests = statuses.map((each) => each.digest.value);
    assert.equal(new Set(digests).size, 1, `digests differ: ${JSON.stringify(statuses)}`);
  }

  /** Everything that the replicas have printed: for a test that has failed. */
  story(): string {
    return this.#lines.flat().toSorted(byTime).join('\n');
  }

  async #ask(index: number, route: string): Promise<AdminAnswer | undefined> {
    return await this.#client.get(this.address(index), route);
  }

  #observe(event: ReplicaProcessEvent): void {
    const lines = this.#lines[event.index];
    const now = new Date().toISOString();
    if (event.kind === 'line') lines?.push(`[${event.index}] ${event.text}`);
    else if (event.kind === 'started') lines?.push(`[${event.index}] ${now} started, pid ${event.pid}`);
    else if (event.kind === 'died') {
      this.#stopped.delete(event.index);
      this.#ends[event.index] = event.how;
      lines?.push(`[${event.index}] ${now} died: ${event.how}`);
    }
  }
}

function byTime(left: string, right: string): number {
  const [a, b] = [left.slice(4), right.slice(4)];
  return a < b ? -1 : a > b ? 1 : 0;
}

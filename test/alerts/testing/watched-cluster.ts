/** A real cluster whose machines may misbehave, and a real Prometheus that watches it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from '../../testing/deadline.ts';
import { type ClusterChoices, RealCluster } from '../../testing/real-cluster.ts';
import { RespConnection } from '../../testing/resp-connection.ts';
import type { Faults } from './faulty-replica.ts';
import { RealPrometheus, type ScrapeJob } from './real-prometheus.ts';

const PROGRAM = path.join(import.meta.dirname, 'faulty-replica.ts');

export interface Watched {
  readonly cluster: RealCluster;
  readonly prometheus: RealPrometheus;
}

export async function watchedCluster(
  t: TestContext,
  replicas = 3,
  choices: ClusterChoices = {},
): Promise<Watched> {
  const cluster = await RealCluster.start(t, replicas, { ...choices, program: PROGRAM });
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

/** What is wrong with the machine of a replica from now on; nothing given: nothing. */
export function setFaults(cluster: RealCluster, index: number, faults: Faults = {}): void {
  const file = `${cluster.directoryOf(index)}.faults.json`;
  // As a whole: it is read at any moment.
  writeFileSync(`${file}.next`, JSON.stringify(faults));
  renameSync(`${file}.next`, file);
}

/** Resolves when a replica that runs has noticed what was set last. */
export async function faultsNoticed(cluster: RealCluster, index: number): Promise<void> {
  const file = `${cluster.directoryOf(index)}.faults.json`;
  await eventually('the faults are noticed', () =>
    existsSync(`${file}.seen`) && readFileSync(`${file}.seen`, 'utf8') === readFileSync(file, 'utf8')
      ? true
      : undefined,
  );
}

/** Writes one key after the other, each when the one before it is answered, until it is told to stop. */
export class SteadyLoad {
  #stopped = false;
  readonly #ended: Promise<void>[];

  constructor(cluster: RealCluster, index: number, clients = 1) {
    this.#ended = Array.from({ length: clients }, () => this.#run(cluster.address(index).redisPort));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#ended);
  }

  async #run(port: number): Promise<void> {
    const connection = await RespConnection.open(port);
    for (let turn = 0; !this.#stopped && !connection.isClosed; turn += 1) {
      await connection.ask('SET', `key ${turn % 100}`, String(turn));
    }
    connection.close();
  }
}

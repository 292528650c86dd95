/** One seed, one run: the seed decides the cluster, the faults and the load. */
import { Cluster } from './cluster.ts';
import { drawDiskOptions } from './disk.ts';
import { drawFaultOptions, type FaultCounts } from './fault-options.ts';
import { Nemesis } from './faults.ts';
import { History } from './history.ts';
import { Network } from './network.ts';
import { drawNetworkOptions, type NetworkCounts } from './network-options.ts';
import { Random } from './random.ts';
import { ReplyChecker } from './reply-checker.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';
import { Client, drawWorkloadOptions } from './workload.ts';
import { Violation } from './chosen-log.ts';

/** When the faults end, in virtual time; the load goes on a little longer. */
const CALM_MS = 30_000;
const LOAD_END_MS = CALM_MS + 3_000;
/** By then everything must have recovered: several election timeouts and every deadline later. */
const RECOVERED_MS = LOAD_END_MS + 15_000;
/** A cluster that is not formed by then never will be. */
const FORMED_MS_MAX = 20_000;

export interface RunResult {
  readonly seed: number;
  readonly hash: string;
  readonly replicas: number;
  readonly faults: FaultCounts;
  readonly network: NetworkCounts;
  readonly leaderChanges: number;
  readonly operations: number;
  readonly answered: number;
  readonly notDone: number;
  readonly unknown: number;
  readonly checked: number;
  readonly slots: number;
  readonly virtualMs: number;
}

/** Throws what a checker or an assertion found wrong. `readable` gets the trace, line by line. */
export function runSeed(seed: number, readable?: (line: string) => void): RunResult {
  const random = new Random(seed);
  const shape = random.fork('shape');
  const time = new Time();
  const trace = new Trace(time, readable);
  const replicas = shape.pick([1, 3, 3, 3, 3, 5]);
  const network = new Network(time, random.fork('network'), replicas, drawNetworkOptions(shape), trace);
  const cluster = new Cluster(replicas, time, random.fork('cluster'), network, drawDiskOptions(shape), trace);
  const history = new History();
  cluster.begin();
  while (!cluster.isFormed) {
    if (time.now > FORMED_MS_MAX) throw new Violation('Liveness: the cluster did not form');
    time.runUntil(time.now + 10);
  }
  const startMs = time.now;
  const nemesis = startNemesis(random, cluster, network, time, trace, startMs + CALM_MS);
  startClients(random, cluster, time, history, startMs + LOAD_END_MS);
  time.runUntil(startMs + RECOVERED_MS);
  checkRecovered(cluster, history);
  const checker = new ReplyChecker(cluster.chosen, history);
  checker.check();
  return {
    seed,
    hash: trace.hash,
    replicas,
    faults: nemesis.counts,
    network: network.counts,
    leaderChanges: cluster.leaderChanges,
    operations: history.operations.length,
    answered: history.answered,
    notDone: history.notDone,
    unknown: history.unknown,
    checked: checker.checked,
    slots: cluster.chosen.last,
    virtualMs: time.now,
  };
}

function startNemesis(
  random: Random,
  cluster: Cluster,
  network: Network,
  time: Time,
  trace: Trace,
  calmMs: number,
): Nemesis {
  const options = drawFaultOptions(random.fork('fault options'), calmMs, cluster.replicaCount);
  const disks = cluster.machines.map((machine) => machine.disk);
  const clocks = cluster.machines.map((machine) => machine.clock);
  const world = { time, network, disks, clocks, trace };
  const nemesis = new Nemesis(random.fork('nemesis'), options, cluster, world);
  nemesis.start();
  return nemesis;
}

function startClients(random: Random, cluster: Cluster, time: Time, history: History, endMs: number): void {
  const options = drawWorkloadOptions(random.fork('workload'), endMs);
  const requestCounts = new Map<number, number>();
  for (let number = 1; number <= options.clients; number += 1) {
    const own = random.fork(`client ${number}`);
    new Client(number, own, options, time, cluster.machines, history, requestCounts).start();
  }
}

/** Once the faults have stopped: one leader, everybody level, nobody waits. */
function checkRecovered(cluster: Cluster, history: History): void {
  const survivors = cluster.survivors;
  if (cluster.leader === undefined) throw new Violation('Liveness: nobody leads after the calm');
  for (const machine of survivors) {
    const status = machine.replica?.status();
    if (status === undefined)
      throw new Violation(`Liveness: replica ${machine.place} does not run after the calm`);
    if (status.applied !== cluster.chosen.last) {
      throw new Violation(
        `Liveness: replica ${machine.place} has applied ${status.applied} of ${cluster.chosen.last} slots`,
      );
    }
    if (!status.ready) {
      throw new Violation(
        `Liveness: replica ${machine.place} is not ready: ${status.unreadyReasons.join(', ')}`,
      );
    }
  }
  for (const machine of cluster.machines) {
    if (cluster.lost.has(machine.place) && machine.replica?.core.role !== 'stranger') {
      throw new Violation(`ForgottenNeverVotes: replica ${machine.place} lost its disk and is no stranger`);
    }
  }
  if (history.acknowledged > cluster.chosen.last)
    throw new Violation('AcknowledgedIsKept: the log is shorter');
  const late = history.operations.findLast(
    (operation) => operation.outcome === undefined && isAlive(cluster, operation.process),
  );
  if (late !== undefined)
    throw new Violation(`Liveness: a request of client ${late.client} was never answered`);
}

function isAlive(cluster: Cluster, process: number): boolean {
  return cluster.machines.some((machine) => machine.isUp && machine.processNumber === process);
}

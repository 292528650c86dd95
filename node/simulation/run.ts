/** One seed, one run: the seed decides the cluster, the faults and the load. */
import { Cluster } from './cluster.ts';
import { drawDiskOptions } from './disk.ts';
import { GROWTH_VERSION } from '../src/replica/growth-proposals.ts';
import { drawFaultOptions, type FaultCounts } from './fault-options.ts';
import { Nemesis } from './faults.ts';
import { History } from './history.ts';
import { LastWrites } from './last-writes.ts';
import { Network } from './network.ts';
import { drawNetworkOptions, type NetworkCounts } from './network-options.ts';
import { Operator, type OperatorCounts } from './operator.ts';
import { Random } from './random.ts';
import { checkOnce } from './once-checker.ts';
import { ReplyChecker } from './reply-checker.ts';
import { Time } from './time.ts';
import { ServedLogs } from './served-logs.ts';
import { Trace } from './trace.ts';
import { WatchChecker } from './watch-checker.ts';
import { Watchers, type WatchCounts } from './watchers.ts';
import { Client, drawWorkloadOptions, readingOnly } from './workload.ts';
import { Violation } from './violation.ts';

/**
 * Clients that only read, in runs with leases: whoever writes to a leader that is cut off waits for the answer, and
 * nobody would be left to be told what is not so any more.
 */
const LEASE_READERS = 3;

/** How many replicas found the cluster, and how many machines there are to go on with. */
const SIZES = [
  [1, 3],
  [1, 5],
  [3, 3],
  [3, 4],
  [3, 5],
  [3, 5],
  [5, 6],
] as const;
/** When the faults end, in virtual time; the load goes on a little longer. */
const CALM_MS = 30_000;
const LOAD_END_MS = CALM_MS + 3_000;
/** A run whose faults left little room goes on in the calm until so many operations are answered. */
export const ANSWERS_MIN = 300;
/** In the calm that takes a few seconds; longer means that nobody serves. */
const LOAD_LONGER_MS_MAX = 60_000;
/** So much later everything must have recovered: several election timeouts, and every deadline. */
const RECOVERY_MS_MAX = 15_000;
/** And it must stay so: as long as a hidden quarrel about the lead takes to come out. */
const STEADY_MS = 3_000;
/** A key that expires at the end of it is expired at the leader first; the others hear of it with the next heartbeat. */
const SPREAD_MS_MAX = 300;
/** What a write takes then at most: many round trips of the worst network that is drawn. */
const LAST_WRITES_MS_MAX = 5_000;
/** And what a watcher takes to hear of everything, when nobody is in its way. */
const LEVEL_MS_MAX = 5_000;
/** A cluster that is not formed by then never will be. */
const FORMED_MS_MAX = 20_000;

export interface RunResult {
  readonly seed: number;
  readonly hash: string;
  /** Those that found the cluster. */
  readonly replicas: number;
  readonly machines: number;
  readonly lease: boolean;
  readonly faults: FaultCounts;
  readonly operator: OperatorCounts;
  /** Replicas that ended for good: removed, or refused. */
  readonly retirements: number;
  readonly network: NetworkCounts;
  readonly leaderChanges: number;
  /** Processes that ended by themselves, as they must after a disk error. */
  readonly deaths: number;
  readonly snapshotsTaken: number;
  /** Of a peer, by a replica that lagged behind. */
  readonly snapshotsInstalled: number;
  readonly operations: number;
  readonly answered: number;
  readonly notDone: number;
  readonly unknown: number;
  readonly stale: number;
  readonly replayed: number;
  readonly sessionsGone: number;
  readonly checked: number;
  readonly watched: WatchCounts;
  readonly slots: number;
  readonly virtualMs: number;
}

function form(cluster: Cluster, time: Time): void {
  cluster.begin();
  while (!cluster.isFormed) {
    if (time.now > FORMED_MS_MAX) throw new Violation('Liveness: the cluster did not form');
    time.runUntil(time.now + 10);
  }
}

/** Throws what a checker or an assertion found wrong. `readable` gets the trace, line by line. */
export function runSeed(seed: number, readable?: (line: string) => void): RunResult {
  const random = new Random(seed);
  const shape = random.fork('shape');
  const time = new Time();
  const trace = new Trace(time, readable);
  const [founders, machines] = shape.pick(SIZES);
  const network = new Network(time, random.fork('network'), machines, drawNetworkOptions(shape), trace);
  const own = random.fork('cluster');
  const cluster = new Cluster(machines, founders, time, own, network, drawDiskOptions(shape), trace);
  const history = new History();
  form(cluster, time);
  const startMs = time.now;
  const nemesis = startNemesis(random, cluster, network, time, trace, startMs + CALM_MS);
  const operator = startOperator(random, cluster, time, trace, startMs + LOAD_END_MS);
  const requestCounts = new Map<number, number>();
  startClients(random, cluster, time, history, requestCounts, startMs + LOAD_END_MS);
  const watchers = new Watchers(random.fork('watchers'), () => cluster.servers, time, history, trace);
  watchers.start();
  time.runUntil(startMs + LOAD_END_MS);
  while (history.answered < ANSWERS_MIN) {
    if (time.now > startMs + LOAD_END_MS + LOAD_LONGER_MS_MAX) {
      throw new Violation(`Liveness: only ${history.answered} operations are answered`);
    }
    time.runUntil(time.now + 100);
  }
  within(time, RECOVERY_MS_MAX, 500, () => notRecovered(cluster, history));
  time.runUntil(time.now + STEADY_MS);
  within(time, SPREAD_MS_MAX, 20, () => notRecovered(cluster, history));
  cluster.checkHeld(1);
  const isUnbounded = cluster.options.dataQuotaBytes === undefined;
  const lastWrites = new LastWrites(cluster.members, time, history, requestCounts, isUnbounded);
  within(time, LAST_WRITES_MS_MAX, 50, () => lastWrites.fault);
  const servedLogs = new ServedLogs(cluster.members, cluster.chosen);
  within(time, LAST_WRITES_MS_MAX, 50, () => servedLogs.fault);
  watchers.calmDown();
  within(time, LEVEL_MS_MAX, 50, () => watchers.fault);
  const checker = new ReplyChecker(cluster.chosen, history, cluster.options.sessionLimits);
  checker.check();
  checkOnce(history);
  new WatchChecker(checker).check(watchers.stories);
  return {
    seed,
    hash: trace.hash,
    replicas: founders,
    machines,
    lease: cluster.options.lease,
    faults: nemesis.counts,
    operator: operator.counts,
    retirements: cluster.census.retirements,
    network: network.counts,
    leaderChanges: cluster.leaderChanges,
    deaths: cluster.deaths,
    snapshotsTaken: cluster.snapshotsTaken,
    snapshotsInstalled: cluster.snapshotsInstalled,
    operations: history.operations.length,
    answered: history.answered,
    notDone: history.notDone,
    unknown: history.unknown,
    stale: history.stale,
    replayed: history.replayed,
    sessionsGone: history.sessionsGone,
    checked: checker.checked,
    watched: watchers.counts,
    slots: cluster.chosen.last,
    virtualMs: time.now - startMs,
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
  const options = drawFaultOptions(
    random.fork('fault options'),
    calmMs,
    cluster.replicaCount,
    cluster.options.lease,
  );
  const disks = cluster.machines.map((machine) => machine.disk);
  const clocks = cluster.machines.map((machine) => machine.clock);
  const world = { time, network, disks, clocks, trace };
  const nemesis = new Nemesis(random.fork('nemesis'), options, cluster, world);
  nemesis.start();
  return nemesis;
}

function startOperator(random: Random, cluster: Cluster, time: Time, trace: Trace, endMs: number): Operator {
  const operator = new Operator(random.fork('operator'), cluster, time, trace, endMs);
  operator.start();
  return operator;
}

/** Time passes until there is no fault any more, which must be so in the end. */
function within(time: Time, limitMs: number, stepMs: number, fault: () => string | undefined): void {
  const untilMs = time.now + limitMs;
  while (time.now < untilMs && fault() !== undefined) time.runUntil(time.now + stepMs);
  refuse(fault());
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new Violation(fault);
}

function startClients(
  random: Random,
  cluster: Cluster,
  time: Time,
  history: History,
  requestCounts: Map<number, number>,
  endMs: number,
): void {
  const options = drawWorkloadOptions(random.fork('workload'), endMs, ANSWERS_MIN);
  const readers = cluster.options.lease ? LEASE_READERS : 0;
  for (let number = 1; number <= options.clients + readers; number += 1) {
    const own = random.fork(`client ${number}`);
    const load = number <= options.clients ? options : readingOnly(options);
    new Client(number, own, load, time, () => cluster.servers, history, requestCounts).start();
  }
}

/** Once the faults have stopped: one leader, everybody level, nobody waits. Else what is missing. */
function notRecovered(cluster: Cluster, history: History): string | undefined {
  if (cluster.leader === undefined) return 'Liveness: nobody leads after the calm';
  const { last } = cluster.chosen;
  const { dataQuotaBytes } = cluster.options;
  for (const { place, replica } of cluster.members) {
    if (replica === undefined) return `Liveness: replica ${place} does not run after the calm`;
    const { applied, ready, unreadyReasons, data } = replica.status();
    if (applied !== last) return `Liveness: replica ${place} has applied ${applied} of ${last} slots`;
    if (!ready) return `Liveness: replica ${place} is not ready: ${unreadyReasons.join(', ')}`;
    const isAgreeable =
      dataQuotaBytes !== undefined && replica.core.acceptor.rulings.version >= GROWTH_VERSION;
    if (isAgreeable && data.quotaBytes !== dataQuotaBytes) {
      return `Liveness: replica ${place} has not heard of the quota of ${dataQuotaBytes} bytes`;
    }
  }
  const [lingering] = cluster.lingering;
  if (lingering !== undefined) return `Liveness: replica ${lingering.place} was removed and does not end`;
  if (history.acknowledged > last) return 'AcknowledgedIsKept: the log is shorter';
  const late = history.operations.findLast(
    (operation) => operation.outcome === undefined && isAlive(cluster, operation.process),
  );
  return late === undefined ? undefined : `Liveness: a request of client ${late.client} was never answered`;
}

function isAlive(cluster: Cluster, process: number): boolean {
  return cluster.machines.some((machine) => machine.isUp && machine.processNumber === process);
}

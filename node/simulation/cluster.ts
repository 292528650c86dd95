/** The machines of a run as one cluster: who is a member, what each has applied, and what the nemesis may do. */
import assert, { AssertionError } from 'node:assert/strict';
import { Corruption } from '../src/errors.ts';
import { SESSION_BYTES, SESSION_LIMITS, type SessionLimits } from '../src/kv/session-limits.ts';
import type { Observer } from '../src/observe/events.ts';
import { BALLOT_NONE, compareBallots, type ReplicaId, type Slot } from '../src/paxos/ballot.ts';
import type { Configuration } from '../src/paxos/configuration.ts';
import { WATCH_LIMITS, type WatchLimits } from '../src/watch/limits.ts';
import type { SnapshotSizes } from '../src/replica/snapshot-keeper.ts';
import { type Timing, TIMING } from '../src/paxos/timing.ts';
import { ChosenLog, Violation } from './chosen-log.ts';
import { Clock } from './clock.ts';
import { type CrashKind, Disk, type DiskOptions } from './disk.ts';
import type { FaultTargets } from './fault-targets.ts';
import { checkHeldByQuorum } from './held-by-quorum.ts';
import { Machine, type MachineOwner } from './machine.ts';
import type { Moment } from './moment.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import { Testimony } from './testimony.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** Small, so that a run hits the window's end now and then. */
const ALPHA_CHOICES = [2, 4, 16, 256];
/** From "always" to what a real replica has, which the load of a run never reaches: one batch at a time. */
const BATCH_EAGER_BYTES_CHOICES = [1, 1, 200, 64 * 1024];
/** Changes that a hub remembers, and lets wait: from so few that watchers come too late all the time to what a real one has. */
const HISTORY_EVENTS_CHOICES = [10, 50, WATCH_LIMITS.historyEventsMax];
const HISTORY_BYTES = 1024 * 1024;
const QUEUE_EVENTS_CHOICES = [3, 20, WATCH_LIMITS.queueEventsMax];
/** From "one slot in each turn" to what the load of a run never reaches. */
const APPLY_WORK_CHOICES = [1, 2, 2_500];
/** None, or so little that a handful of keys use it up. */
const DATA_QUOTA_CHOICES = [undefined, undefined, undefined, 2_000, 3_000];
/** Small, so that a run of seconds crosses many borders of segments, and some batches are larger than one. */
const SEGMENT_BYTES_CHOICES = [4 * 1024, 4 * 1024, 8 * 1024, 32 * 1024];
/** From nothing, so that whoever lags at all must fetch, to what a real replica has. */
const WINDOW_BYTES_CHOICES = [0, 0, 2_000, 16 * 1024 * 1024];
/** From one snapshot every few slots, all replicas busy with them, to a handful in a run. */
const SNAPSHOT_EVERY_CHOICES = [500, 2_000, 8_000, 32_000];
/** From none at all, so that whoever lags needs a snapshot, to more than a run writes. */
const LOG_RETAINED_CHOICES = [0, 0, 0, 8_000];
/** A snapshot of a run has a few kilobytes: a piece, or many. */
const SNAPSHOT_PIECE_CHOICES = [200, 1_000, 100_000];
/** Small, so that sessions in use are evicted, by number or by size, and replies are too long to be kept. */
const SESSION_LIMITS_CHOICES: readonly SessionLimits[] = [
  SESSION_LIMITS,
  { ...SESSION_LIMITS, sessionsMax: 3 },
  { ...SESSION_LIMITS, sessionsMax: 4, replyBytesMax: 24 },
  { sessionsMax: 100, bytesMax: 4 * SESSION_BYTES, replyBytesMax: 2 * SESSION_BYTES },
];

/** Share of runs in which leaders answer reads by a lease. */
const LEASE_SHARE = 0.35;
/** What a real replica has, and longer than an election takes: then only the lease stands between two leaders. */
const LEASE_MS_CHOICES = [TIMING.leaseMs, 1_500, 2_500];

export class Cluster implements FaultTargets, MachineOwner {
  readonly machines: Machine[] = [];
  readonly chosen = new ChosenLog();
  readonly #testimony = new Testimony(this.chosen);
  readonly #time: Time;
  readonly #random: Random;
  readonly #trace: Trace;
  /** Of the places whose disk was lost, the last slot that was chosen by then, or had its vote. */
  readonly lost = new Map<number, Slot>();
  leaderChanges = 0;
  deaths = 0;
  #configuration: Configuration | undefined;
  readonly #clusterId: string;
  readonly batchEagerBytes: number;
  readonly segmentBytes: number;
  readonly watchLimits: WatchLimits;
  readonly snapshotSizes: SnapshotSizes;
  readonly windowBytes: number;
  snapshotsTaken = 0;
  snapshotsInstalled = 0;
  readonly sessionLimits: SessionLimits;
  readonly timing: Timing;
  readonly lease: boolean;
  readonly applyWorkMax: number;
  readonly dataQuotaBytes: number | undefined;
  readonly #appliedBy = new Map<number, Slot>();
  readonly #idOf = new Map<number, ReplicaId>();

  constructor(
    replicaCount: number,
    time: Time,
    random: Random,
    network: Network,
    diskOptions: DiskOptions,
    trace: Trace,
  ) {
    this.#time = time;
    this.#random = random;
    this.#trace = trace;
    this.#clusterId = random
      .integer(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(32, '0');
    this.batchEagerBytes = random.pick(BATCH_EAGER_BYTES_CHOICES);
    this.segmentBytes = random.pick(SEGMENT_BYTES_CHOICES);
    const watching = random.fork('watching');
    this.watchLimits = {
      ...WATCH_LIMITS,
      historyEventsMax: watching.pick(HISTORY_EVENTS_CHOICES),
      // Small chunks: a run has hundreds of hubs, one for each life of each replica.
      historyBytesMax: HISTORY_BYTES,
      queueEventsMax: watching.pick(QUEUE_EVENTS_CHOICES),
    };
    this.windowBytes = random.pick(WINDOW_BYTES_CHOICES);
    this.snapshotSizes = {
      everyBytes: random.pick(SNAPSHOT_EVERY_CHOICES),
      logRetainedBytes: random.pick(LOG_RETAINED_CHOICES),
      pieceBytes: random.pick(SNAPSHOT_PIECE_CHOICES),
    };
    this.sessionLimits = random.pick(SESSION_LIMITS_CHOICES);
    this.lease = random.chance(LEASE_SHARE);
    this.timing = this.lease ? { ...TIMING, leaseMs: random.pick(LEASE_MS_CHOICES) } : TIMING;
    const bounds = random.fork('bounds');
    this.applyWorkMax = bounds.pick(APPLY_WORK_CHOICES);
    this.dataQuotaBytes = bounds.pick(DATA_QUOTA_CHOICES);
    for (let place = 0; place < replicaCount; place += 1) {
      const own = random.fork(`machine ${place}`);
      const disk = new Disk(time, own.fork('disk'), diskOptions, trace);
      const clock = new Clock(time, own.fork('clock'));
      this.machines.push(new Machine(place, disk, clock, time, own, network, this));
    }
  }

  get replicaCount(): number {
    return this.machines.length;
  }

  /** Starts every machine and, once all have an identity, bootstraps the cluster at the first. */
  begin(): void {
    for (const machine of this.machines) machine.start();
    this.#bootstrapWhenAllAreFresh();
  }

  /** True once every replica is a member, and has it on disk: from here on faults may come. */
  get isFormed(): boolean {
    return this.machines.every((machine) => {
      const status = machine.replica?.status();
      return status?.cluster !== undefined && status.role !== 'stranger';
    });
  }

  /** Of those that lead, or think so, the one with the highest ballot. */
  get leader(): Machine | undefined {
    const leaders = this.machines.filter((machine) => machine.replica?.core.role === 'leader');
    return leaders.reduce<Machine | undefined>((best, machine) => {
      const known = best?.replica?.core.acceptor.promised ?? BALLOT_NONE;
      const ballot = machine.replica?.core.acceptor.promised ?? BALLOT_NONE;
      return compareBallots(ballot, known) > 0 ? machine : best;
    }, undefined);
  }

  get leaderPlace(): number | undefined {
    return this.leader?.place;
  }

  /** Members that run and have not lost their disk. */
  get survivors(): Machine[] {
    return this.machines.filter((machine) => !this.lost.has(machine.place));
  }

  #bootstrapWhenAllAreFresh(): void {
    if (this.machines.some((machine) => machine.id === undefined)) {
      this.#time.schedule(5, () => this.#bootstrapWhenAllAreFresh());
      return;
    }
    const members = this.machines.map((machine) => ({
      id: machine.id ?? 0,
      voter: true,
      addresses: {
        host: `replica-${machine.place}`,
        peerPort: 7379,
        redisPort: 6379,
        clusterPort: 5379,
        httpPort: 8379,
        adminPort: 9379,
      },
    }));
    this.#configuration = { alpha: this.#random.pick(ALPHA_CHOICES), members, removed: [] };
    this.machines[0]?.replica?.bootstrap(this.#clusterId, this.#configuration);
  }

  // --- What machines ask of their owner ---------------------------------------------------------

  started(machine: Machine): void {
    const status = machine.replica?.status();
    assert(status !== undefined);
    this.#trace.event(`replica ${machine.place} runs, applied ${status.applied}`);
    this.#appliedBy.set(machine.place, status.applied);
    if (status.applied > 0) this.chosen.noteDigest(machine.place, status.applied, status.digest.value);
    const { id, replica } = machine;
    assert(id !== undefined && replica !== undefined);
    this.#idOf.set(machine.place, id);
    this.#testimony.checkMemory(id, replica.core.acceptor);
    checkHeldByQuorum(this.machines, this.lost, status.applied + 1, this.chosen);
    replica.onConfiguration(() => {
      for (const other of this.machines) other.reviewLinks();
    });
  }

  sends(replica: ReplicaId, frame: Uint8Array): void {
    this.#testimony.hear(replica, frame);
  }

  mayLink(machine: Machine, peer: ReplicaId): boolean {
    const ids = this.#configuration?.members.map((member) => member.id) ?? [];
    // A member reaches for the others; two strangers know nothing of each other.
    const cluster = machine.replica?.status().cluster ?? this.clusterOf(peer);
    return (
      cluster !== undefined && machine.id !== undefined && ids.includes(machine.id) && ids.includes(peer)
    );
  }

  clusterOf(peer: ReplicaId): string | undefined {
    return this.machines.find((machine) => machine.id === peer)?.replica?.status().cluster;
  }

  died(machine: Machine, error: Error): void {
    // A replica that refuses its directory, though no bit of it was flipped, has a bug.
    if (error instanceof Corruption || error instanceof AssertionError) throw error;
    this.#trace.event(`replica ${machine.place} ends: ${error.message}`);
    this.deaths += 1;
    if (machine.isUp) machine.crash('kill');
  }

  observe(machine: Machine): Observer {
    return (event) => {
      switch (event.kind) {
        case 'applied':
          return this.#noteApplied(machine, event.slot);
        case 'sent':
          return this.#trace.line(() => `${machine.place} → ${this.nameOf(event.peer)} ${event.text()}`);
        case 'leaderChanged':
          if (event.leader === machine.id) {
            this.leaderChanges += 1;
            this.#testimony.checkLeads(event.ballot, this.replicaCount);
          }
          return this.#trace.event(
            `${machine.place} follows ${event.leader === undefined ? 'nobody' : this.nameOf(event.leader)} in round ${event.ballot.round}`,
          );
        case 'snapshotTaken':
          this.snapshotsTaken += 1;
          return this.#trace.event(`${machine.place} has a snapshot of slot ${event.slot}`);
        case 'snapshotInstalled':
          this.snapshotsInstalled += 1;
          this.#trace.event(`${machine.place} has taken over a snapshot of slot ${event.slot}`);
          return this.#noteState(machine, event.slot);
        case 'notice':
          return this.#trace.event(`${machine.place}: ${event.text}`);
        default:
          return undefined;
      }
    };
  }

  nameOf(id: ReplicaId): string {
    const place = this.machines.findIndex((machine) => machine.id === id);
    return place < 0 ? '?' : String(place);
  }

  #noteApplied(machine: Machine, through: Slot): void {
    const replica = machine.replica;
    if (replica === undefined) throw new Violation('a replica applied before it ran');
    for (let slot = (this.#appliedBy.get(machine.place) ?? 0) + 1; slot <= through; slot += 1) {
      const entry = replica.core.acceptor.window.get(slot);
      assert(entry !== undefined, 'what was just applied is held in memory');
      const isFirst = this.chosen.note(machine.place, entry);
      // The first configuration is given, not agreed on.
      if (isFirst && entry.ballot.round > 0) this.#testimony.checkChosen(entry, this.replicaCount);
    }
    this.#noteState(machine, through);
  }

  /** It has the state of that slot, whether it has applied it or taken over a snapshot of it. */
  #noteState(machine: Machine, through: Slot): void {
    const { replica } = machine;
    if (replica === undefined) throw new Violation('a replica had a state before it ran');
    this.#appliedBy.set(machine.place, through);
    const { digest } = replica.status();
    this.chosen.noteDigest(machine.place, through, digest.value);
    this.#trace.number(through);
    this.#trace.text(digest.value);
  }

  // --- What the nemesis may do ------------------------------------------------------------------

  isUp(place: number): boolean {
    return this.#machine(place).isUp;
  }

  crash(place: number, kind: CrashKind): void {
    this.#machine(place).crash(kind);
  }

  crashAt(place: number, moment: Moment, crash: () => void): void {
    this.#machine(place).crashAt(moment, crash);
  }

  restart(place: number): void {
    this.#machine(place).start();
  }

  pause(place: number): void {
    this.#machine(place).process?.pause();
  }

  resume(place: number): void {
    this.#machine(place).process?.resume();
  }

  mayWipe(place: number): boolean {
    return this.isFormed || !this.lost.has(place);
  }

  wipe(place: number): void {
    const id = this.#idOf.get(place) ?? 0;
    this.lost.set(place, Math.max(this.chosen.last, this.#testimony.lastAccepted(id)));
    this.#machine(place).disk.wipe();
  }

  #machine(place: number): Machine {
    const machine = this.machines[place];
    assert(machine !== undefined, `no machine at place ${place}`);
    return machine;
  }
}

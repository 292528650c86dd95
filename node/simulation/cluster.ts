/** The machines of a run as one cluster: who is a member, what each has applied, and what the nemesis may do. */
import assert, { AssertionError } from 'node:assert/strict';
import { Corruption } from '../src/errors.ts';
import { SESSION_BYTES, SESSION_LIMITS, type SessionLimits } from '../src/kv/session-limits.ts';
import type { Observer } from '../src/observe/events.ts';
import { BALLOT_NONE, compareBallots, type ReplicaId, type Slot } from '../src/paxos/ballot.ts';
import type { Member } from '../src/paxos/configuration.ts';
import { WATCH_LIMITS, type WatchLimits } from '../src/watch/limits.ts';
import type { SnapshotSizes } from '../src/replica/snapshot-keeper.ts';
import { type Timing, TIMING } from '../src/paxos/timing.ts';
import { VERSION, VERSION_OLDEST } from '../src/paxos/version.ts';
import { ChosenLog } from './chosen-log.ts';
import { Violation } from './violation.ts';
import { Census, type RetirementKind } from './census.ts';
import { Clock } from './clock.ts';
import { type CrashKind, Disk, type DiskOptions } from './disk.ts';
import type { FaultTargets } from './fault-targets.ts';
import { checkHeldByQuorum } from './held-by-quorum.ts';
import { Machine, type MachineOwner } from './machine.ts';
import type { Moment } from './moment.ts';
import type { Network } from './network.ts';
import type { Surroundings } from './operator.ts';
import type { Random } from './random.ts';
import { Testimony } from './testimony.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';
import { VolumeCopies } from './volume-copies.ts';

/** A cluster that was founded by an older release is raised when the last of its programs is replaced. */
const VERSION_CHOICES = [VERSION_OLDEST, VERSION, VERSION];
const UPGRADE_MS_MAX = 20_000;
/** Small, so that a run hits the window's end now and then. */
const ALPHA_CHOICES = [2, 4, 16, 256];
/** From "always" to what a real replica has, which the load of a run never reaches: one batch at a time. */
const BATCH_EAGER_BYTES_CHOICES = [1, 1, 200, 64 * 1024];
/** Changes that a hub remembers, and lets wait: from so few that watchers come too late all the time to what a real one has. */
const HISTORY_EVENTS_CHOICES = [10, 50, WATCH_LIMITS.historyEventsMax];
const HISTORY_BYTES = 1024 * 1024;
const QUEUE_EVENTS_CHOICES = [3, 20, WATCH_LIMITS.queueEventsMax];
/** Keys and values of one revision that a history takes: so few that some transactions are over it, or as in production. */
const REVISION_BYTES_CHOICES = [50, WATCH_LIMITS.revisionBytesMax, WATCH_LIMITS.revisionBytesMax];
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
const LOG_RETAINED_CHOICES = [0, 0, 0, 8_000, 1_000_000];
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
/**
 * What a real replica has, and one whose lease outlasts everything else: others would lead at once, and the old leader
 * would not step down for long, so that only the lease stands between the two.
 */
const LEASE_TIMINGS: readonly Timing[] = [
  TIMING,
  { heartbeatMs: 50, electionMinMs: 300, electionMaxMs: 3_500, repeatMs: 200, leaseMs: 2_000 },
];
/** After the loss of a disk no members are changed for so long: its replica may still be taken for level. */
const MOURNING_MS = 6_000;

export class Cluster implements FaultTargets, MachineOwner, Surroundings {
  readonly machines: Machine[] = [];
  readonly chosen = new ChosenLog();
  readonly #testimony = new Testimony(this.chosen);
  readonly #time: Time;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly census = new Census();
  /** The operator has asked for a change, and does not know what became of it. */
  changeIsOpen = false;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  readonly #founders: number;
  #copies: VolumeCopies | undefined;
  leaderChanges = 0;
  deaths = 0;
  readonly #clusterId: string;
  readonly batchEagerBytes: number;
  readonly segmentBytes: number;
  readonly watchLimits: WatchLimits;
  /** By place. */
  readonly #snapshotSizes: SnapshotSizes[] = [];
  readonly #version: number;
  readonly windowBytes: number;
  snapshotsTaken = 0;
  snapshotsInstalled = 0;
  readonly sessionLimits: SessionLimits;
  readonly timing: Timing;
  readonly lease: boolean;
  readonly applyWorkMax: number;
  readonly dataQuotaBytes: number | undefined;
  readonly #appliedBy = new Map<number, Slot>();

  constructor(
    machineCount: number,
    founders: number,
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
      revisionBytesMax: watching.pick(REVISION_BYTES_CHOICES),
    };
    this.windowBytes = random.pick(WINDOW_BYTES_CHOICES);
    const everyBytes = random.pick(SNAPSHOT_EVERY_CHOICES);
    const logRetainedBytes = random.pick(LOG_RETAINED_CHOICES);
    const pieceBytes = random.pick(SNAPSHOT_PIECE_CHOICES);
    this.#version = random.pick(VERSION_CHOICES);
    this.sessionLimits = random.pick(SESSION_LIMITS_CHOICES);
    this.lease = random.chance(LEASE_SHARE);
    this.timing = this.lease ? random.pick(LEASE_TIMINGS) : TIMING;
    const bounds = random.fork('bounds');
    this.applyWorkMax = bounds.pick(APPLY_WORK_CHOICES);
    this.dataQuotaBytes = bounds.pick(DATA_QUOTA_CHOICES);
    this.#founders = founders;
    for (let place = 0; place < machineCount; place += 1) {
      const own = random.fork(`machine ${place}`);
      const disk = new Disk(time, own.fork('disk'), diskOptions, trace);
      // Whoever keeps much of its log, and lagged behind those that keep nothing, has entries that were never chosen.
      const retained = own.fork('snapshots');
      this.#snapshotSizes.push({
        everyBytes,
        logRetainedBytes: retained.pick([logRetainedBytes, retained.pick(LOG_RETAINED_CHOICES)]),
        pieceBytes,
      });
      const clock = new Clock(time, own.fork('clock'), this.lease);
      this.machines.push(new Machine(place, disk, clock, time, own, network, this));
    }
  }

  get replicaCount(): number {
    return this.machines.length;
  }

  /** Starts every machine and, once all have an identity, founds the cluster with the first of them. */
  begin(): void {
    for (const machine of this.machines) machine.start();
    this.#foundWhenAllAreFresh();
    if (this.#version < VERSION) this.#planUpgrades();
    this.#copies = new VolumeCopies(this.machines, this.#time, this.#random.fork('copies'));
  }

  /** True once every founder is a member, and has it on disk: from here on faults may come. */
  get isFormed(): boolean {
    return this.machines.slice(0, this.#founders).every((machine) => {
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

  /** The members by what was chosen last, those whose disk is lost left out. */
  get members(): Machine[] {
    const members = this.chosen.configurations.newest?.members ?? [];
    const places = members
      .filter(({ id }) => !this.census.isLost(id))
      .map(({ id }) => this.census.placeOf(id));
    return this.machines.filter(({ place }) => places.includes(place));
  }

  /** Where a client would be sent to: members that run. */
  get servers(): Machine[] {
    return this.machines.filter((machine) => machine.replica?.fellowship.belonging === 'member');
  }

  /** Whose removal is complete: a slot is chosen that only they could propose who knew that it rules. */
  get removed(): readonly ReplicaId[] {
    const { configurations, last } = this.chosen;
    const alpha = configurations.newest?.alpha ?? 0;
    return configurations.at(Math.max(1, last - alpha) + 1)?.removed ?? [];
  }

  /** Replicas that were removed and run all the same, although they know where somebody lives who would tell them. */
  get lingering(): Machine[] {
    const { removed } = this;
    const left = this.machines.filter(({ id }) => id !== undefined && removed.includes(id));
    const hosts = this.members.map(({ addresses }) => addresses.host);
    return left.filter(
      (machine) => machine.replica !== undefined && hosts.some((host) => machine.dials(host)),
    );
  }

  #foundWhenAllAreFresh(): void {
    const founders = this.machines.slice(0, this.#founders);
    if (founders.some((machine) => machine.id === undefined)) {
      this.#time.schedule(5, () => this.#foundWhenAllAreFresh());
      return;
    }
    const members = founders.map((machine) => ({ ...this.#asMember(machine), voter: true }));
    const alpha = this.#random.pick(ALPHA_CHOICES);
    const configuration = { version: this.#version, alpha, members, removed: [] };
    founders[0]?.replica?.bootstrap(this.#clusterId, configuration);
  }

  #asMember(machine: Machine): Member {
    return { id: machine.id ?? 0, voter: false, addresses: machine.addresses };
  }

  /** Each machine gets the present program at some moment: whoever watches over it starts it again. */
  #planUpgrades(): void {
    const upgrades = this.#random.fork('upgrades');
    for (const machine of this.machines) {
      machine.supports = VERSION_OLDEST;
      this.#time.schedule(upgrades.integer(1_000, UPGRADE_MS_MAX), () => this.#upgrade(machine));
    }
  }

  #upgrade(machine: Machine): void {
    if (!this.isFormed) {
      this.#time.schedule(1_000, () => this.#upgrade(machine));
      return;
    }
    machine.supports = VERSION;
    this.crash(machine.place, 'kill');
  }

  // --- What the operator sees -------------------------------------------------------------------

  ask(): ReturnType<Surroundings['ask']> {
    if (this.#time.now - this.#lostAtMs < MOURNING_MS) return undefined;
    const machine = this.#random.chance(0.9) ? this.leader : this.#random.pick(this.machines);
    const known = machine?.replica?.core.acceptor.rulings.latest;
    if (machine?.replica === undefined || known === undefined) return undefined;
    return { place: machine.place, admin: machine.replica.admin, known };
  }

  strangers(): Member[] {
    const fresh = this.machines.filter((machine) => machine.replica?.fellowship.isFresh === true);
    return fresh.map((machine) => this.#asMember(machine));
  }

  isLost(id: ReplicaId): boolean {
    return this.census.isLost(id);
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
    this.census.settled(machine.place, id);
    // An older copy of the disk has forgotten what it told: whether that is noticed is the question.
    if (!this.census.lost.has(id)) this.#testimony.checkMemory(id, replica.core.acceptor);
    this.checkHeld(status.applied + 1);
    replica.fellowship.onNeighbours((neighbours) => {
      machine.meet(neighbours);
      for (const other of this.machines) other.reviewLinks();
    });
  }

  /** Every slot from `from` on that anybody has applied is held by a quorum. */
  checkHeld(from: Slot): void {
    const holders = this.machines.map(({ place, replica }) => ({ id: this.census.idAt(place), replica }));
    checkHeldByQuorum(holders, this.census.lost, from, this.chosen);
  }

  sends(replica: ReplicaId, frame: Uint8Array): void {
    this.#testimony.hear(replica, frame);
  }

  /** What the handshake of real links decides: whoever knows the other dials it, and both judge the other's hello. */
  mayLink(machine: Machine, peer: ReplicaId): boolean {
    const other = this.#machineOf(peer);
    const { replica, id } = machine;
    if (replica === undefined || other?.replica === undefined || id === undefined) return false;
    const dialled = other.dials(machine.addresses.host);
    if (!machine.knows(peer) && !other.knows(id) && !dialled) return false;
    const objection = replica.fellowship.judge(peer, other.replica.fellowship.standing);
    if (objection !== undefined) other.told(objection);
    return objection === undefined && (machine.knows(peer) || other.knows(id));
  }

  /** A member that was removed has had its time to hear of it: its link is cut. */
  part(machine: Machine, peer: ReplicaId): void {
    const other = this.#machineOf(peer);
    machine.unlink(peer);
    if (machine.id !== undefined) other?.unlink(machine.id);
    machine.reviewLinks();
    other?.reviewLinks();
  }

  snapshotSizesOf({ place }: Machine): SnapshotSizes {
    const sizes = this.#snapshotSizes[place];
    assert(sizes !== undefined);
    return sizes;
  }

  supports(peer: ReplicaId): number {
    return this.#machineOf(peer)?.supports ?? VERSION_OLDEST;
  }

  clusterOf(peer: ReplicaId): string | undefined {
    return this.#machineOf(peer)?.replica?.fellowship.cluster;
  }

  #machineOf(id: ReplicaId): Machine | undefined {
    return this.machines.find((machine) => machine.id === id);
  }

  died(machine: Machine, error: Error): void {
    // A replica that refuses its directory, though no bit of it was flipped, has a bug.
    if (error instanceof Corruption || error instanceof AssertionError) throw error;
    this.#trace.event(`replica ${machine.place} ends: ${error.message}`);
    this.deaths += 1;
    this.#giveUpOlderDisks();
    if (machine.isUp) machine.crash('kill');
  }

  #retired(machine: Machine, why: RetirementKind): void {
    const { removed } = this;
    this.census.retire(machine.place, why, removed.includes(machine.id ?? 0));
    this.#trace.event(`replica ${machine.place} ends for good: ${why}`);
    const { process } = machine;
    // Its turn runs to its end, and its clients are answered.
    this.#time.schedule(0, () => {
      if (machine.process === process) machine.crash('kill');
    });
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
            this.#testimony.checkLeads(event.ballot, machine.replica?.core.chosen ?? 0);
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
        case 'retired':
          return this.#retired(machine, event.why);
        case 'notice':
          return this.#trace.event(`${machine.place}: ${event.text}`);
        default:
          return undefined;
      }
    };
  }

  nameOf(id: ReplicaId): string {
    return String(this.census.placeOf(id) ?? '?');
  }

  #noteApplied(machine: Machine, through: Slot): void {
    const replica = machine.replica;
    if (replica === undefined) throw new Violation('a replica applied before it ran');
    for (let slot = (this.#appliedBy.get(machine.place) ?? 0) + 1; slot <= through; slot += 1) {
      const entry = replica.core.acceptor.window.get(slot);
      assert(entry !== undefined, 'what was just applied is held in memory');
      const isFirst = this.chosen.note(machine.place, entry);
      // The first configuration is given, not agreed on.
      if (isFirst && entry.ballot.round > 0) this.#testimony.checkChosen(entry);
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
    this.#giveUpOlderDisks();
    // It may just have been given up.
    if (this.isUp(place)) this.#machine(place).crash(kind);
  }

  crashAt(place: number, moment: Moment, crash: () => void): void {
    this.#machine(place).crashAt(moment, crash);
  }

  restart(place: number): void {
    if (this.census.wipesBeforeStart(place)) this.#machine(place).disk.wipe();
    this.#machine(place).start();
  }

  pause(place: number): void {
    this.#machine(place).process?.pause();
  }

  resume(place: number): void {
    this.#machine(place).process?.resume();
  }

  mayWipe(place: number): boolean {
    const { configurations, last } = this.chosen;
    return this.isFormed && !this.changeIsOpen && this.census.mayLose(place, configurations.from(last));
  }

  wipe(place: number): void {
    this.#lose(place);
    this.#machine(place).disk.wipe();
  }

  /** Only when every other replica of the cluster runs, and would notice. */
  mayRollBack(place: number): boolean {
    const id = this.census.idAt(place);
    return this.census.rolledBack.size === 0 && this.#copies?.wouldBeNoticed(place, id) === true;
  }

  rollBack(place: number): void {
    this.#lose(place);
    this.census.rolledBack.add(place);
    this.#copies?.rollBack(place);
  }

  #lose(place: number): void {
    const id = this.census.idAt(place) ?? 0;
    this.census.lost.set(id, Math.max(this.chosen.last, this.#testimony.lastAccepted(id)));
    this.#lostAtMs = this.#time.now;
  }

  /** Whoever ends now might have been the one to notice: such a disk is then wholly lost instead. */
  #giveUpOlderDisks(): void {
    for (const place of this.census.rolledBack) {
      const machine = this.#machine(place);
      if (machine.isUp) machine.crash('kill');
      machine.disk.wipe();
      this.census.rolledBack.delete(place);
    }
  }

  #machine(place: number): Machine {
    const machine = this.machines[place];
    assert(machine !== undefined, `no machine at place ${place}`);
    return machine;
  }
}

/** The machines of a run as one cluster: who is a member, what each has applied, and what the nemesis may do. */
import assert, { AssertionError } from 'node:assert/strict';
import { Corruption } from '../src/errors.ts';
import type { Observer } from '../src/observe/events.ts';
import type { ReplicaId, Slot } from '../src/paxos/ballot.ts';
import type { Member } from '../src/paxos/configuration.ts';
import type { SnapshotSizes } from '../src/replica/snapshot-keeper.ts';
import { VERSION, VERSION_OLDEST } from '../src/paxos/version.ts';
import { ChosenLog } from './chosen-log.ts';
import { Violation } from './violation.ts';
import { Census, type RetirementKind } from './census.ts';
import { type Patience, stopCleanly } from './clean-stop.ts';
import { Clock } from './clock.ts';
import { type ClusterOptions, drawClusterOptions, drawSnapshotSizes } from './cluster-options.ts';
import { type CrashKind, Disk, type DiskOptions } from './disk.ts';
import { DiskLosses } from './disk-losses.ts';
import { entriesOnDisk } from './entries-on-disk.ts';
import type { FaultTargets } from './fault-targets.ts';
import { checkHeldByQuorum } from './held-by-quorum.ts';
import { Machine, type MachineOwner, newestLeader } from './machine.ts';
import type { Moment } from './moment.ts';
import type { Network } from './network.ts';
import type { Surroundings } from './operator.ts';
import type { Random } from './random.ts';
import { Testimony } from './testimony.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';
import { planUpgrades } from './upgrades.ts';

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
  readonly #founders: number;
  readonly #losses: DiskLosses;
  leaderChanges = 0;
  deaths = 0;
  readonly #clusterId: string;
  readonly options: ClusterOptions;
  /** By place. */
  readonly #snapshotSizes: SnapshotSizes[] = [];
  snapshotsTaken = 0;
  snapshotsInstalled = 0;
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
    this.options = drawClusterOptions(random);
    this.#founders = founders;
    this.#losses = new DiskLosses(this.machines, this.census, this.chosen, this.#testimony, time);
    for (let place = 0; place < machineCount; place += 1) {
      const own = random.fork(`machine ${place}`);
      const disk = new Disk(time, own.fork('disk'), diskOptions, trace);
      this.#snapshotSizes.push(drawSnapshotSizes(own.fork('snapshots'), this.options));
      const clock = new Clock(time, own.fork('clock'), this.options.lease);
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
    if (this.options.version < VERSION) planUpgrades(this, this.#random.fork('upgrades'), this.#time);
    this.#losses.begin(this.#random.fork('copies'));
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
    return newestLeader(this.machines);
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

  /** Where a client would be sent to: members that run. One that was removed, and nobody is left to tell it, is none. */
  get servers(): Machine[] {
    const { removed } = this;
    return this.machines.filter(
      ({ id, replica }) =>
        replica?.fellowship.belonging === 'member' && id !== undefined && !removed.includes(id),
    );
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
    const { version, alpha } = this.options;
    const configuration = { version, alpha, members, removed: [] };
    founders[0]?.replica?.bootstrap(this.#clusterId, configuration);
  }

  #asMember(machine: Machine): Member {
    return { id: machine.id ?? 0, voter: false, addresses: machine.addresses };
  }

  // --- What the operator sees -------------------------------------------------------------------

  ask(): ReturnType<Surroundings['ask']> {
    if (this.#time.now - this.#losses.lastAtMs < MOURNING_MS) return undefined;
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
    const { id, replica } = machine;
    assert(id !== undefined && replica !== undefined);
    const status = replica.status();
    this.#trace.event(`replica ${machine.place} runs, applied ${status.applied}`);
    this.#appliedBy.set(machine.place, status.applied);
    // Whoever had applied these may have ended before it could be seen: the log of this one proves that they are chosen.
    for (const entry of entriesOnDisk(machine.disk, this.chosen.last + 1, status.applied)) {
      this.chosen.note(machine.place, entry);
    }
    if (status.applied > 0) this.chosen.noteDigest(machine.place, status.applied, status.digest.value);
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
    this.#losses.giveUpOlderDisks();
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
    this.#losses.giveUpOlderDisks();
    // It may just have been given up.
    if (this.isUp(place)) this.#machine(place).crash(kind);
  }

  stop(place: number, patience: Patience, ended: () => void): boolean {
    const machine = this.#machine(place);
    const { process, replica } = machine;
    if (process === undefined || replica === undefined) return false;
    return stopCleanly(process, replica, patience, () => {
      // The turn that answered its clients runs to its end.
      this.#time.schedule(0, () => {
        if (machine.process !== process) return;
        this.crash(place, 'kill');
        ended();
      });
    });
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
    return this.isFormed && !this.changeIsOpen && this.#losses.mayWipe(place);
  }

  wipe(place: number): void {
    this.#losses.wipe(place);
  }

  mayRollBack(place: number): boolean {
    return this.#losses.mayRollBack(place);
  }

  rollBack(place: number): void {
    this.#losses.rollBack(place);
  }

  #machine(place: number): Machine {
    const machine = this.machines[place];
    assert(machine !== undefined, `no machine at place ${place}`);
    return machine;
  }
}

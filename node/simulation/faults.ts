/**
 * The nemesis of a run: it crashes, pauses, cuts and fills, all from the seed, until the calm at the end in
 * which everything must recover.
 *
 * Which faults a run has at all is drawn first ("swarm testing": a run without clogs finds bugs that
 * clogs would hide), then they come at random times. A minimum of crashes and partitions comes at times of
 * its own, so that no run passes by having been lucky.
 */
import assert from 'node:assert/strict';
import { drawPatience } from './clean-stop.ts';
import type { CrashKind } from './disk.ts';
import { DiskFaults } from './disk-faults.ts';
import { ABSENCE_MS, drawKind, DURATION_MAX_MS, FAULT_KINDS } from './fault-options.ts';
import type { FaultCounts, FaultKind, FaultOptions } from './fault-options.ts';
import type { FaultTargets, World } from './fault-targets.ts';
import { LeaderFaults } from './leader-faults.ts';
import { drawMoment } from './moment.ts';
import type { Notice } from './network.ts';
import { drawPartition } from './partition.ts';
import type { Random } from './random.ts';

/** In the calm a replica that ended is started again within this time, as a supervisor would. */
const WATCH_MS = 250;

/** Share of restarts that find an older copy of the disk, where there is one that somebody would notice. */
const ROLL_BACK_PROBABILITY = 0.5;

/** Share of restarts that find the disk lost, until `wipesMax` is reached: rare, as lost volumes are. */
const WIPE_PROBABILITY = 0.2;

export class Nemesis {
  readonly counts: FaultCounts = {
    ...(Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>),
    restart: 0,
    wipe: 0,
    rollBack: 0,
  };
  readonly #random: Random;
  readonly #options: FaultOptions;
  readonly #targets: FaultTargets;
  readonly #world: World;
  readonly #restartDue = new Set<number>();
  readonly #paused = new Set<number>();
  readonly #diskFaults: DiskFaults;
  readonly #leaderFaults: LeaderFaults;
  #isOneAbsent = false;
  #isCalm = false;

  constructor(random: Random, options: FaultOptions, targets: FaultTargets, world: World) {
    this.#random = random;
    this.#options = options;
    this.#targets = targets;
    this.#world = world;
    this.#diskFaults = new DiskFaults(random, world, {
      count: (kind, what) => this.#count(kind, what),
      later: (end) => this.#later(end),
    });
    this.#leaderFaults = new LeaderFaults(random, targets, world, {
      isCalm: () => this.#isCalm,
      count: (kind, what) => this.#count(kind, what),
      crash: (place) => this.#crashNow(place),
    });
  }

  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Schedules everything, the calm included; all replicas should have been started. */
  start(): void {
    const { crashesMin, partitionsMin } = this.#options;
    assert.ok(this.#leftMs >= 10_000, 'too short a run for the guaranteed faults');
    this.#spread(crashesMin, () => this.#crash());
    this.#spread(partitionsMin, () => this.#partition());
    this.#next();
    this.#world.time.schedule(this.#leftMs, () => this.calm());
  }

  /** All faults end: the network is whole, every replica runs, no disk is slow or full. */
  calm(): void {
    if (this.#isCalm) return;
    this.#isCalm = true;
    this.#world.trace.event('calm');
    this.#world.network.calm();
    for (const disk of this.#world.disks) disk.calm();
    for (const place of this.#paused) this.#targets.resume(place);
    this.#paused.clear();
    this.#restartAll();
  }

  /** Goes on in the calm: a disk error from before it may come to light only now. */
  #restartAll(): void {
    for (const place of this.#places()) this.#restart(place);
    this.#world.time.schedule(WATCH_MS, () => this.#restartAll());
  }

  get #leftMs(): number {
    return this.#options.calmMs - this.#world.time.now;
  }

  /** One guaranteed fault in each of `count` equal parts of the first 85 % of the time, however often it takes. */
  #spread(count: number, fault: () => boolean): void {
    const partMs = (this.#leftMs * 0.85) / count;
    const attempt = (): void => {
      if (!this.#isCalm && !fault()) this.#world.time.schedule(50, attempt);
    };
    for (let part = 0; part < count; part += 1) {
      this.#world.time.schedule(this.#random.between(part, part + 1) * partMs, attempt);
    }
  }

  #next(): void {
    this.#world.time.schedule(this.#random.exponential(this.#options.gapMeanMs), () => {
      if (this.#isCalm) return;
      this.#reviveTheDead();
      const kind = drawKind(this.#random, this.#options.weights);
      if (kind !== undefined) this.#perform(kind);
      this.#next();
    });
  }

  #perform(kind: FaultKind): boolean {
    switch (kind) {
      case 'crash':
        return this.#crash();
      case 'absence':
        return this.#absence();
      case 'stop':
        return this.#stop();
      case 'midStep':
        return this.#crashMidStep(this.#pickUp());
      case 'blackout':
        return this.#blackout();
      case 'pause':
        return this.#pause();
      case 'partition':
        return this.#partition();
      case 'relay':
        return this.#leaderFaults.relay();
      case 'deposal':
        return this.#leaderFaults.deposal();
      case 'clog':
        return this.#clog();
      case 'reset':
        return this.#reset();
      case 'slowDisk':
        return this.#diskFaults.slowDisk(this.#random.pick(this.#places()));
      case 'fullDisk':
        return this.#diskFaults.fullDisk(this.#random.pick(this.#places()));
      case 'diskError':
        return this.#diskFaults.diskError(this.#pickUp());
      case 'clockJump':
        return this.#diskFaults.clockJump(this.#random.pick(this.#places()));
    }
  }

  // Replicas. Each fault answers whether it found somebody to happen to.

  #crash(): boolean {
    const place = this.#pickUp();
    if (place === undefined) return false;
    // Most restarts find some of the others down, who could not notice: this one finds all of them.
    const isOlder = this.#mayLoseDisk(place) && this.#targets.mayRollBack(place);
    this.#crashNow(place);
    if (isOlder && this.#random.chance(ROLL_BACK_PROBABILITY)) this.#rollBack(place);
    return true;
  }

  /** One is away for long, one at a time: a quorum is left if nothing else happens. */
  #absence(): boolean {
    const place = this.#pickUp();
    if (place === undefined || this.#isOneAbsent) return false;
    this.#isOneAbsent = true;
    this.#paused.delete(place);
    this.#targets.crash(place, this.#drawCrashKind());
    this.#restartDue.add(place);
    this.#count('absence', `of ${place}`);
    this.#world.time.schedule(this.#random.between(...ABSENCE_MS), () => {
      this.#isOneAbsent = false;
      if (!this.#isCalm) this.#restart(place);
    });
    return true;
  }

  /** It is asked to end, and takes its time, in which anything may happen to it. */
  #stop(): boolean {
    const place = this.#pickUp();
    if (place === undefined) return false;
    const patience = drawPatience(this.#random);
    const isAsked = this.#targets.stop(place, patience, () => {
      this.#paused.delete(place);
      this.#world.trace.event(`stopped ${place}`);
      this.#restartLater(place);
    });
    if (isAsked)
      this.#count('stop', `of ${place}, drains ${patience.drainMs} ms, then ${patience.finishMs} ms`);
    return isAsked;
  }

  /** It dies between the parts of a step, when the moment comes: soon, or at the next election. */
  #crashMidStep(place: number | undefined): boolean {
    if (place === undefined) return false;
    const moment = drawMoment(this.#random);
    const kind = this.#drawCrashKind();
    this.#targets.crashAt(place, moment, () => {
      if (this.#isCalm || !this.#targets.isUp(place)) return;
      this.#count('midStep', `of ${place}, ${moment.kind}`);
      this.#crashOne(place, kind);
    });
    return true;
  }

  #drawCrashKind(): CrashKind {
    return this.#random.chance(0.5) ? 'power' : 'kill';
  }

  #blackout(): boolean {
    for (const place of this.#places()) {
      if (this.#targets.isUp(place)) this.#crashOne(place, 'power');
    }
    this.#count('blackout', 'of all');
    return true;
  }

  #crashNow(place: number): void {
    this.#crashOne(place, this.#drawCrashKind());
    this.#count('crash', `of ${place}`);
  }

  #crashOne(place: number, kind: CrashKind): void {
    this.#paused.delete(place);
    this.#targets.crash(place, kind);
    this.#restartLater(place);
  }

  #restartLater(place: number): void {
    this.#restartDue.add(place);
    const restart = (): void => {
      if (!this.#isCalm) this.#restart(place);
    };
    // Some supervisors wait, some start it at once, before anybody has noticed.
    if (this.#random.chance(0.3)) this.#world.time.schedule(this.#random.between(0, 20), restart);
    else this.#later(restart);
  }

  /** A replica that ended by itself, as it must after a disk error, also comes back some time. */
  #reviveTheDead(): void {
    for (const place of this.#places()) {
      if (!this.#targets.isUp(place) && !this.#restartDue.has(place)) this.#restartLater(place);
    }
  }

  #restart(place: number): void {
    this.#restartDue.delete(place);
    if (this.#targets.isUp(place)) return;
    if (!this.#isCalm) this.#loseDisk(place);
    this.#count('restart', `of ${place}`);
    this.#targets.restart(place);
    if (!this.#isCalm && this.#random.chance(this.#options.crashAgainShare)) this.#crashMidStep(place);
  }

  /** Perhaps, if the run has such losses and this one can be borne: all of the disk, or what was last written to it. */
  #loseDisk(place: number): void {
    if (!this.#mayLoseDisk(place)) return;
    if (this.#targets.mayRollBack(place) && this.#random.chance(ROLL_BACK_PROBABILITY)) {
      this.#rollBack(place);
    } else if (this.#random.chance(WIPE_PROBABILITY)) {
      this.#targets.wipe(place);
      this.#count('wipe', `of ${place}`);
    }
  }

  #mayLoseDisk(place: number): boolean {
    const lost = this.counts.wipe + this.counts.rollBack;
    return lost < this.#options.wipesMax && this.#targets.mayWipe(place);
  }

  #rollBack(place: number): void {
    this.#targets.rollBack(place);
    this.#count('rollBack', `of ${place}`);
  }

  #pause(): boolean {
    const place = this.#pickUp();
    if (place === undefined || this.#paused.has(place)) return false;
    this.#paused.add(place);
    this.#count('pause', `of ${place}`);
    this.#targets.pause(place);
    this.#later(() => {
      if (!this.#paused.delete(place)) return;
      this.#world.trace.event(`resume ${place}`);
      this.#targets.resume(place);
    });
    return true;
  }

  // Links.

  #partition(): boolean {
    const { network } = this.#world;
    const { shape, cuts } = drawPartition(this.#random, this.#targets.replicaCount, this.#leaderPerhaps());
    this.#count('partition', `${shape} ${cuts.map(([from, to]) => `${from}-${to}`).join(' ')}`);
    for (const [from, to] of cuts) network.cut(from, to);
    const notice = this.#drawNotice();
    if (notice !== 'never') for (const [from, to] of cuts) network.reset(from, to, notice);
    this.#later(() => {
      this.#world.trace.event(`heal ${shape}`);
      for (const [from, to] of cuts) network.mend(from, to);
    });
    return true;
  }

  /** One path, or everything that one replica sends, or everything that is sent to it. */
  #clog(): boolean {
    const { network } = this.#world;
    const place = this.#random.pick(this.#places());
    const others = this.#places().filter((other) => other !== place);
    const some = this.#random.chance(0.5) ? others : [this.#random.pick(others)];
    const outward = this.#random.chance(0.5);
    this.#count('clog', `${outward ? 'from' : 'to'} ${place}, ${outward ? 'to' : 'from'} ${some.join(' ')}`);
    const durationMs = this.#durationMs();
    for (const other of some) network.clog(outward ? place : other, outward ? other : place, durationMs);
    return true;
  }

  #reset(): boolean {
    const [a = 0, b = 1] = this.#random.shuffle(this.#places());
    this.#count('reset', `${a}-${b}`);
    this.#world.network.reset(a, b, this.#drawNotice());
    return true;
  }

  #drawNotice(): Notice {
    return this.#random.pick(['soon', 'late', 'never']);
  }

  // Chance and time.

  #places(): number[] {
    return Array.from({ length: this.#targets.replicaCount }, (_, place) => place);
  }

  #pickUp(): number | undefined {
    const leader = this.#leaderPerhaps();
    const up = this.#places().filter((place) => this.#targets.isUp(place));
    if (leader !== undefined && up.includes(leader)) return leader;
    return up.length === 0 ? undefined : this.#random.pick(up);
  }

  #leaderPerhaps(): number | undefined {
    return this.#random.chance(this.#options.leaderShare) ? this.#targets.leaderPlace : undefined;
  }

  #durationMs(): number {
    return Math.min(DURATION_MAX_MS, this.#random.exponential(this.#options.durationMeanMs));
  }

  /** Ends a fault after its duration, unless the calm has ended all of them by then. */
  #later(end: () => void): void {
    this.#world.time.schedule(this.#durationMs(), () => {
      if (!this.#isCalm) end();
    });
  }

  #count(kind: keyof FaultCounts, what: string): void {
    this.counts[kind] += 1;
    this.#world.trace.event(`${kind} ${what}`);
  }
}

/**
 * The nemesis of a run: it crashes, pauses, cuts and fills, all from the seed, until the calm at the end in
 * which everything must recover.
 *
 * Which faults a run has at all is drawn first ("swarm testing": a run without clogs finds bugs that
 * clogs would hide), then they come at random times. A minimum of crashes and partitions comes at times of
 * its own, so that no run passes by having been lucky.
 */
import assert from 'node:assert/strict';
import { type Clock, drawOffset } from './clock.ts';
import type { CrashKind, Disk } from './disk.ts';
import type { Network, Notice } from './network.ts';
import { drawPartition } from './partition.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** What the cluster lets the nemesis do to its replicas, by place. */
export interface FaultTargets {
  readonly replicaCount: number;
  /** False while there is no process, whoever ended it: the nemesis, a disk error, an assertion of its own. */
  isUp(place: number): boolean;
  /** Ends the process, its links and its mount. Only for one that is up, paused or not. */
  crash(place: number, kind: CrashKind): void;
  /** Starts a new process on the same disk. Only for one that is down. */
  restart(place: number): void;
  pause(place: number): void;
  resume(place: number): void;
  /** May this disk be lost now? The cluster says no while a change of its members is under way. */
  mayWipe(place: number): boolean;
  /** Its disk is lost; the next restart finds an empty one and is a stranger. Only for one that is down. */
  wipe(place: number): void;
}

export interface World {
  readonly time: Time;
  readonly network: Network;
  /** By place; disks and clocks outlive the processes that use them. */
  readonly disks: readonly Disk[];
  readonly clocks: readonly Clock[];
  readonly trace: Trace;
}

export interface FaultOptions {
  /** When the calm begins, in the run's time. The guaranteed faults need 10,000 ms before it. */
  readonly calmMs: number;
  readonly gapMeanMs: number;
  /** Mean duration of whatever ends again: downtime, pause, partition, clog, slowness. */
  readonly durationMeanMs: number;
  readonly crashesMin: number;
  readonly partitionsMin: number;
  /** Disks lost in the whole run; never more than a minority of the replicas. */
  readonly wipesMax: number;
  /** Relative frequency of each kind; 0 for those that this run does not have. */
  readonly weights: Readonly<Record<FaultKind, number>>;
}

export const FAULT_KINDS = [
  'crash',
  'blackout',
  'pause',
  'partition',
  'clog',
  'reset',
  'slowDisk',
  'fullDisk',
  'diskError',
  'clockJump',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type FaultCounts = Record<FaultKind | 'restart' | 'wipe', number>;

/** No fault lasts longer, so that faults end while there is still something to see. */
const DURATION_MAX_MS = 6_000;

/** In the calm a replica that ended is started again within this time, as a supervisor would. */
const WATCH_MS = 250;

/** Share of restarts that find the disk lost, until `wipesMax` is reached: rare, as lost volumes are. */
const WIPE_PROBABILITY = 0.08;

/** `replicaCount` is the number of voters that the run begins with: the wipes stay below half of them. */
export function drawFaultOptions(random: Random, calmMs: number, replicaCount: number): FaultOptions {
  const weights = Object.fromEntries(
    FAULT_KINDS.map((kind) => [kind, random.chance(0.6) ? random.integer(1, 6) : 0]),
  ) as Record<FaultKind, number>;
  // All at once, and errors that end a process, are for spice: most of a run should make progress.
  weights.blackout = Math.min(weights.blackout, 1);
  weights.diskError = Math.min(weights.diskError, 1);
  if (replicaCount === 1) Object.assign(weights, { partition: 0, clog: 0, reset: 0 });
  return {
    calmMs,
    gapMeanMs: random.pick([400, 1_000, 2_500]),
    durationMeanMs: random.pick([200, 800, 2_000]),
    crashesMin: Math.max(3, Math.floor(calmMs / 10_000)),
    partitionsMin: replicaCount === 1 ? 0 : Math.max(2, Math.floor(calmMs / 15_000)),
    wipesMax: random.chance(0.5) ? Math.floor((replicaCount - 1) / 2) : 0,
    weights,
  };
}

export class Nemesis {
  readonly counts: FaultCounts = {
    ...(Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>),
    restart: 0,
    wipe: 0,
  };
  readonly #random: Random;
  readonly #options: FaultOptions;
  readonly #targets: FaultTargets;
  readonly #world: World;
  readonly #restartDue = new Set<number>();
  readonly #paused = new Set<number>();
  readonly #fullDisks = new Set<number>();
  #isCalm = false;

  constructor(random: Random, options: FaultOptions, targets: FaultTargets, world: World) {
    assert.ok(options.wipesMax * 2 < targets.replicaCount, 'only a minority of the disks may be lost');
    this.#random = random;
    this.#options = options;
    this.#targets = targets;
    this.#world = world;
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
      const kind = this.#drawKind();
      if (kind !== undefined) this.#perform(kind);
      this.#next();
    });
  }

  #drawKind(): FaultKind | undefined {
    let left = this.#random.next() * FAULT_KINDS.reduce((sum, kind) => sum + this.#options.weights[kind], 0);
    for (const kind of FAULT_KINDS) {
      left -= this.#options.weights[kind];
      if (left < 0) return kind;
    }
    return undefined;
  }

  #perform(kind: FaultKind): boolean {
    switch (kind) {
      case 'crash':
        return this.#crash();
      case 'blackout':
        return this.#blackout();
      case 'pause':
        return this.#pause();
      case 'partition':
        return this.#partition();
      case 'clog':
        return this.#clog();
      case 'reset':
        return this.#reset();
      case 'slowDisk':
        return this.#slowDisk();
      case 'fullDisk':
        return this.#fullDisk();
      case 'diskError':
        return this.#diskError();
      case 'clockJump':
        return this.#clockJump();
    }
  }

  // Replicas. Each fault answers whether it found somebody to happen to.

  #crash(): boolean {
    const place = this.#pickUp();
    if (place === undefined) return false;
    this.#crashOne(place, this.#random.chance(0.5) ? 'power' : 'kill');
    this.#count('crash', `of ${place}`);
    return true;
  }

  #blackout(): boolean {
    for (const place of this.#places()) {
      if (this.#targets.isUp(place)) this.#crashOne(place, 'power');
    }
    this.#count('blackout', 'of all');
    return true;
  }

  #crashOne(place: number, kind: CrashKind): void {
    this.#paused.delete(place);
    this.#targets.crash(place, kind);
    this.#restartLater(place);
  }

  #restartLater(place: number): void {
    this.#restartDue.add(place);
    this.#later(() => this.#restart(place));
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
    const loses = this.#random.chance(WIPE_PROBABILITY) && this.counts.wipe < this.#options.wipesMax;
    if (loses && !this.#isCalm && this.#targets.mayWipe(place)) {
      this.#targets.wipe(place);
      this.#count('wipe', `of ${place}`);
    }
    this.#count('restart', `of ${place}`);
    this.#targets.restart(place);
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
    const { shape, cuts } = drawPartition(this.#random, this.#targets.replicaCount);
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

  // Disks and clocks.

  #slowDisk(): boolean {
    const place = this.#random.pick(this.#places());
    const disk = this.#disk(place);
    disk.slowness = this.#random.pick([3, 10, 50]);
    this.#count('slowDisk', `of ${place}, ${disk.slowness} times`);
    this.#later(() => {
      disk.slowness = 1;
    });
    return true;
  }

  #fullDisk(): boolean {
    const place = this.#random.pick(this.#places());
    const disk = this.#disk(place);
    const { capacityBytes, usedBytes } = disk;
    if (usedBytes >= capacityBytes || this.#fullDisks.has(place)) return false;
    this.#fullDisks.add(place);
    this.#count('fullDisk', `of ${place}`);
    disk.capacityBytes = usedBytes + this.#random.integer(0, 4_096);
    this.#later(() => {
      this.#fullDisks.delete(place);
      disk.capacityBytes = capacityBytes;
    });
    return true;
  }

  #diskError(): boolean {
    const place = this.#pickUp();
    if (place === undefined) return false;
    this.#disk(place).failNext = this.#random.pick(['write', 'sync']);
    this.#count('diskError', `of ${place}`);
    return true;
  }

  #clockJump(): boolean {
    const place = this.#random.pick(this.#places());
    const byMs = drawOffset(this.#random);
    this.#count('clockJump', `of ${place} by ${byMs} ms`);
    this.#world.clocks[place]?.jump(byMs);
    return true;
  }

  #disk(place: number): Disk {
    const disk = this.#world.disks[place];
    assert.ok(disk, `no disk ${place}`);
    return disk;
  }

  // Chance and time.

  #places(): number[] {
    return Array.from({ length: this.#targets.replicaCount }, (_, place) => place);
  }

  #pickUp(): number | undefined {
    const up = this.#places().filter((place) => this.#targets.isUp(place));
    return up.length === 0 ? undefined : this.#random.pick(up);
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

  #count(kind: FaultKind | 'restart' | 'wipe', what: string): void {
    this.counts[kind] += 1;
    this.#world.trace.event(`${kind} ${what}`);
  }
}

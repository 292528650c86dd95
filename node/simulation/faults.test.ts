import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Patience } from './clean-stop.ts';
import { Clock } from './clock.ts';
import { type CrashKind, Disk, drawDiskOptions } from './disk.ts';
import { drawFaultOptions, FAULT_KINDS } from './fault-options.ts';
import type { FaultTargets, World } from './fault-targets.ts';
import { Nemesis } from './faults.ts';
import type { Moment } from './moment.ts';
import { drawNetworkOptions } from './network-options.ts';
import { Network } from './network.ts';
import { drawPartition, PARTITION_SHAPES } from './partition.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';

const CALM_MS = 30_000;

const nobody = (): void => undefined;

/** Replicas that only live and die, and check that the nemesis keeps the rules. */
class Targets implements FaultTargets {
  readonly replicaCount: number;
  readonly world: World;
  readonly processes: (Process | undefined)[] = [];
  readonly wiped = new Set<number>();
  restarts = 0;
  #nextId = 100;

  constructor(world: World, replicaCount: number) {
    this.world = world;
    this.replicaCount = replicaCount;
    for (let place = 0; place < replicaCount; place += 1) this.restart(place);
  }

  process(place: number): Process {
    const process = this.processes[place];
    assert.ok(process, `${place} is down`);
    return process;
  }

  isUp(place: number): boolean {
    return this.processes[place] !== undefined;
  }

  crash(place: number, kind: CrashKind): void {
    this.process(place).end();
    this.processes[place] = undefined;
    this.world.network.detach(place, kind === 'kill' ? 'soon' : 'late');
    this.world.disks[place]?.crash(kind);
  }

  /** Whoever is up with the lowest place leads. */
  get leaderPlace(): number | undefined {
    const place = this.processes.findIndex((process) => process !== undefined);
    return place < 0 ? undefined : place;
  }

  stop(place: number, { drainMs }: Patience, ended: () => void): boolean {
    const process = this.process(place);
    process.after(drainMs, () => {
      this.crash(place, 'kill');
      ended();
    });
    return true;
  }

  crashAt(place: number, moment: Moment, crash: () => void): void {
    this.process(place).after(moment.after, crash);
  }

  restart(place: number): void {
    assert.ok(!this.isUp(place));
    const process = new Process(this.world.time);
    this.processes[place] = process;
    this.restarts += 1;
    this.#nextId += 1;
    this.world.network.attach(process, place, this.#nextId, { up: nobody, down: nobody, frame: nobody });
    const files = this.world.disks[place]?.mount(process);
    // It dies of the first disk error, as a real one does.
    const die = (error: Error | undefined): void => {
      if (error) this.crash(place, 'kill');
    };
    files?.create(`log ${this.restarts}`, (error, file) => {
      if (error) return die(error);
      const append = (offset: number): void => {
        file.write(offset, [new Uint8Array(100)], die);
        file.sync(die);
        process.after(500, () => append(offset + 100));
      };
      append(0);
    });
  }

  pause(place: number): void {
    assert.ok(!this.process(place).paused);
    this.process(place).pause();
  }

  resume(place: number): void {
    this.process(place).resume();
  }

  mayWipe(place: number): boolean {
    return place !== 0;
  }

  mayRollBack(place: number): boolean {
    return place === 1;
  }

  rollBack(place: number): void {
    assert.ok(!this.isUp(place) && place === 1);
    this.world.disks[place]?.wipe();
  }

  wipe(place: number): void {
    assert.ok(!this.isUp(place) && place !== 0);
    this.wiped.add(place);
    this.world.disks[place]?.wipe();
  }
}

interface Outcome {
  readonly nemesis: Nemesis;
  readonly targets: Targets;
  readonly trace: string;
}

function run(seed: number): Outcome {
  const random = new Random(seed);
  const replicaCount = random.pick([3, 5]);
  const time = new Time();
  const trace = new Trace(time);
  const places = Array.from({ length: replicaCount }, (_, place) => random.fork(place));
  const world: World = {
    time,
    trace,
    network: new Network(time, random.fork('network'), replicaCount, drawNetworkOptions(random), trace),
    disks: places.map((stream) => new Disk(time, stream, drawDiskOptions(stream))),
    clocks: places.map((stream) => new Clock(time, stream)),
  };
  const targets = new Targets(world, replicaCount);
  const options = drawFaultOptions(random, CALM_MS, replicaCount, random.chance(0.5));
  const nemesis = new Nemesis(random.fork('faults'), options, targets, world);
  nemesis.start();
  time.runUntil(CALM_MS + 5_000);
  return { nemesis, targets, trace: trace.hash };
}

test('every run has its crashes and partitions, and loses no more disks than it may', () => {
  const seen: Record<string, number> = {};
  for (let seed = 0; seed < 200; seed += 1) {
    const { nemesis, targets } = run(seed);
    assert.ok(nemesis.counts.crash >= 3, `seed ${seed}: ${nemesis.counts.crash} crashes`);
    assert.ok(nemesis.counts.partition >= 2, `seed ${seed}: ${nemesis.counts.partition} partitions`);
    const lost = nemesis.counts.wipe + nemesis.counts.rollBack;
    assert.ok(lost <= targets.replicaCount - 2, `seed ${seed}: ${lost} disks`);
    for (const [kind, count] of Object.entries(nemesis.counts)) {
      if (count > 0) seen[kind] = (seen[kind] ?? 0) + 1;
    }
  }
  for (const kind of [...FAULT_KINDS, 'wipe', 'rollBack', 'restart']) {
    assert.ok((seen[kind] ?? 0) >= 10, `${kind} happened in ${seen[kind]} of 200 runs`);
  }
});

test('in the calm everybody runs, all paths are open, no disk has a fault', () => {
  for (let seed = 0; seed < 100; seed += 1) {
    const { nemesis, targets } = run(seed);
    assert.ok(nemesis.isCalm);
    for (let place = 0; place < targets.replicaCount; place += 1) {
      assert.equal(targets.process(place).paused, false, `seed ${seed}: ${place} is paused`);
      assert.equal(targets.world.disks[place]?.slowness, 1);
      assert.equal(targets.world.disks[place]?.capacityBytes, 2 ** 30);
      assert.equal(targets.world.disks[place]?.failNext, undefined);
      for (let other = 0; other < targets.replicaCount; other += 1) {
        assert.equal(targets.world.network.isCut(place, other), false);
      }
    }
    assert.equal(targets.world.network.options.lossProbability, 0);
  }
});

test('a seed repeats exactly', () => {
  for (let seed = 0; seed < 20; seed += 1) assert.equal(run(seed).trace, run(seed).trace);
  assert.notEqual(run(1).trace, run(2).trace);
});

test('partitions come in all shapes, within the places there are', () => {
  const random = new Random(1);
  const shapes = new Set<string>();
  for (let draw = 0; draw < 500; draw += 1) {
    const placeCount = random.integer(2, 7);
    const { shape, cuts } = drawPartition(random, placeCount);
    shapes.add(shape);
    assert.ok(cuts.length > 0);
    assert.equal(new Set(cuts.map(([from, to]) => `${from}-${to}`)).size, cuts.length);
    for (const [from, to] of cuts) {
      assert.ok(from !== to && Math.max(from, to) < placeCount && Math.min(from, to) >= 0);
    }
  }
  assert.equal(shapes.size, PARTITION_SHAPES.length);
});

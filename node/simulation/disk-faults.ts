/** What may happen to the disk and to the clock of one machine, process or not. Each answers whether it happened. */
import assert from 'node:assert/strict';
import { drawOffset } from './clock.ts';
import type { Disk } from './disk.ts';
import type { FaultKind } from './fault-options.ts';
import type { World } from './fault-targets.ts';
import type { Random } from './random.ts';

interface Nemesis {
  count(kind: FaultKind, what: string): void;
  /** Ends a fault after its duration, unless the calm has ended all of them by then. */
  later(end: () => void): void;
}

export class DiskFaults {
  readonly #random: Random;
  readonly #world: World;
  readonly #nemesis: Nemesis;
  readonly #full = new Set<number>();

  constructor(random: Random, world: World, nemesis: Nemesis) {
    this.#random = random;
    this.#world = world;
    this.#nemesis = nemesis;
  }

  slowDisk(place: number): boolean {
    const disk = this.#disk(place);
    disk.slowness = this.#random.pick([3, 10, 50]);
    this.#nemesis.count('slowDisk', `of ${place}, ${disk.slowness} times`);
    this.#nemesis.later(() => {
      disk.slowness = 1;
    });
    return true;
  }

  fullDisk(place: number): boolean {
    const disk = this.#disk(place);
    const { capacityBytes, usedBytes } = disk;
    if (usedBytes >= capacityBytes || this.#full.has(place)) return false;
    this.#full.add(place);
    this.#nemesis.count('fullDisk', `of ${place}`);
    disk.capacityBytes = usedBytes + this.#random.integer(0, 4_096);
    this.#nemesis.later(() => {
      this.#full.delete(place);
      disk.capacityBytes = capacityBytes;
    });
    return true;
  }

  /** The next write or sync fails, of a process that runs there. */
  diskError(place: number | undefined): boolean {
    if (place === undefined) return false;
    this.#disk(place).failNext = this.#random.pick(['write', 'sync']);
    this.#nemesis.count('diskError', `of ${place}`);
    return true;
  }

  clockJump(place: number): boolean {
    const byMs = drawOffset(this.#random);
    this.#nemesis.count('clockJump', `of ${place} by ${byMs} ms`);
    this.#world.clocks[place]?.jump(byMs);
    return true;
  }

  #disk(place: number): Disk {
    const disk = this.#world.disks[place];
    assert.ok(disk, `no disk ${place}`);
    return disk;
  }
}

/** Disks that are lost, or go back in time: who may lose one, and what was told by it that nobody may forget. */
import assert from 'node:assert/strict';
import type { Census } from './census.ts';
import type { ChosenLog } from './chosen-log.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { Testimony } from './testimony.ts';
import type { Time } from './time.ts';
import { VolumeCopies } from './volume-copies.ts';

export class DiskLosses {
  readonly #machines: readonly Machine[];
  readonly #census: Census;
  readonly #chosen: ChosenLog;
  readonly #testimony: Testimony;
  readonly #time: Time;
  #copies: VolumeCopies | undefined;
  /** When the last one happened. */
  lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    machines: readonly Machine[],
    census: Census,
    chosen: ChosenLog,
    testimony: Testimony,
    time: Time,
  ) {
    this.#machines = machines;
    this.#census = census;
    this.#chosen = chosen;
    this.#testimony = testimony;
    this.#time = time;
  }

  /** The machines run: from now on copies of their disks are made. */
  begin(random: Random): void {
    this.#copies = new VolumeCopies(this.#machines, this.#time, random);
  }

  mayWipe(place: number): boolean {
    const { configurations, last } = this.#chosen;
    return this.#census.mayLose(place, configurations.from(last));
  }

  wipe(place: number): void {
    this.#lose(place);
    this.#machine(place).disk.wipe();
  }

  /** Only when every other replica of the cluster runs, and would notice. */
  mayRollBack(place: number): boolean {
    const id = this.#census.idAt(place);
    return this.#census.rolledBack.size === 0 && this.#copies?.wouldBeNoticed(place, id) === true;
  }

  rollBack(place: number): void {
    this.#lose(place);
    this.#census.rolledBack.add(place);
    this.#copies?.rollBack(place);
  }

  /** Whoever ends now might have been the one to notice: such a disk is then wholly lost instead. */
  giveUpOlderDisks(): void {
    for (const place of this.#census.rolledBack) {
      const machine = this.#machine(place);
      if (machine.isUp) machine.crash('kill');
      machine.disk.wipe();
      this.#census.rolledBack.delete(place);
    }
  }

  #lose(place: number): void {
    const id = this.#census.idAt(place) ?? 0;
    this.#census.lost.set(id, Math.max(this.#chosen.last, this.#testimony.lastAccepted(id)));
    this.lastAtMs = this.#time.now;
  }

  #machine(place: number): Machine {
    const machine = this.#machines[place];
    assert(machine !== undefined, `no machine at place ${place}`);
    return machine;
  }
}

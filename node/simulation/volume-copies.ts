/** Copies of volumes, made now and then: one of them may be put in the place of a newer disk. */
import assert from 'node:assert/strict';
import type { Ballot, ReplicaId, Slot } from '../src/paxos/ballot.ts';
import type { Directory } from './directory.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

/** How often a volume is copied, in the mean. */
const COPY_MEAN_MS = 1_500;

interface VolumeCopy {
  readonly id: ReplicaId;
  readonly directory: Directory;
  /** No less than what the disk held then. */
  readonly promised: Ballot;
  readonly held: Slot;
}

export class VolumeCopies {
  readonly #copies = new Map<number, VolumeCopy>();
  readonly #machines: readonly Machine[];
  readonly #time: Time;
  readonly #random: Random;

  constructor(machines: readonly Machine[], time: Time, random: Random) {
    this.#machines = machines;
    this.#time = time;
    this.#random = random;
    this.#copyNow();
  }

  /** True when there is a copy of the disk of `id` at `place` of which every other replica that runs knows better. */
  wouldBeNoticed(place: number, id: ReplicaId | undefined): boolean {
    const copy = this.#copies.get(place);
    if (copy === undefined || copy.id !== id) return false;
    return this.#machines.every(({ place: other, replica, process }) => {
      if (other === place) return true;
      if (replica === undefined || process?.paused === true) return false;
      return replica.fellowship.isFresh || replica.fellowship.remembersMore(id, copy);
    });
  }

  rollBack(place: number): void {
    const copy = this.#copies.get(place);
    assert(copy !== undefined, `there is a copy of the disk of ${place}`);
    this.#machines[place]?.disk.rollBack(copy.directory);
  }

  #copyNow(): void {
    const { replica, id, place, disk } = this.#random.pick(this.#machines);
    // The one there is grows older, and tells more of what was forgotten.
    const keeps = this.#copies.get(place)?.id === id && this.#random.chance(0.5);
    if (replica !== undefined && id !== undefined && !keeps) {
      const { promised, window } = replica.core.acceptor;
      this.#copies.set(place, { id, directory: disk.copy(), promised, held: window.last });
    }
    this.#time.schedule(this.#random.exponential(COPY_MEAN_MS), () => this.#copyNow());
  }
}

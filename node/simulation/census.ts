/**
 * Who lives where, whose disk is lost, and who took its leave. A disk that is lost counts until its replica is removed:
 * never more than a minority of the voters at a time, or nobody could promise anything any more.
 */
import type { ReplicaId, Slot } from '../src/paxos/ballot.ts';
import type { Configuration } from '../src/paxos/configuration.ts';
import { votersOf } from './configurations.ts';
import { Violation } from './violation.ts';

export type RetirementKind = 'removed' | 'forgot' | 'superseded' | 'outdated';

export class Census {
  /** The last identity seen at each place. */
  readonly #idOf = new Map<number, ReplicaId>();
  /** Of the replicas whose disk was lost, the last slot that was chosen by then, or had their vote. */
  readonly lost = new Map<ReplicaId, Slot>();
  /** Places where an older copy of the disk was put, until its replica has been refused. */
  readonly rolledBack = new Set<number>();
  readonly #retired = new Map<number, RetirementKind>();
  /** Those of them that were started once more, on the same disk. */
  readonly #startedAgain = new Set<number>();
  retirements = 0;

  settled(place: number, id: ReplicaId): void {
    this.#idOf.set(place, id);
  }

  idAt(place: number): ReplicaId | undefined {
    return this.#idOf.get(place);
  }

  placeOf(id: ReplicaId): number | undefined {
    for (const [place, other] of this.#idOf) if (other === id) return place;
    return undefined;
  }

  /** True when its disk is gone, whoever lives in its place by now. */
  isLost(id: ReplicaId): boolean {
    return this.lost.has(id) || this.placeOf(id) === undefined;
  }

  /** Whether the disk at `place` may be lost without the loss of a quorum of any of `configurations`. */
  mayLose(place: number, configurations: readonly Configuration[]): boolean {
    const id = this.idAt(place);
    if (id === undefined || this.lost.has(id) || this.#retired.has(place)) return false;
    return configurations.every((configuration) => {
      const voters = votersOf(configuration);
      if (!voters.has(id)) return true;
      const lost = [...voters].filter((voter) => this.lost.has(voter)).length;
      return (lost + 1) * 2 < voters.size;
    });
  }

  /** A replica has ended for good, rightly or not. */
  retire(place: number, why: RetirementKind, isRemoved: boolean): void {
    // A disk that went back in time may also show in the number of its starts.
    const rightly = why === 'removed' ? isRemoved : this.lost.has(this.idAt(place) ?? 0);
    if (!rightly) throw new Violation(`EndsOnlyWithReason: replica ${place} ends as ${why}`);
    this.retirements += 1;
    this.#retired.set(place, why);
    this.rolledBack.delete(place);
  }

  /**
   * What a supervisor finds who starts it again: of one that was removed the same disk once more, which must end in the
   * same way, and then an empty one. True when the disk must be made empty.
   */
  wipesBeforeStart(place: number): boolean {
    const why = this.#retired.get(place);
    if (why === undefined) return false;
    // Who remembers what such a disk has forgotten may be gone by the next time.
    if (why === 'removed' && !this.#startedAgain.has(place)) {
      this.#startedAgain.add(place);
      return false;
    }
    this.#startedAgain.delete(place);
    this.#retired.delete(place);
    return true;
  }
}

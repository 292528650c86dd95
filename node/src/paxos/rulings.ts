/** Which configuration rules which slot: the history that the chosen entries have written. */
import assert from 'node:assert/strict';
import type { ReplicaId, Slot } from './ballot.ts';
import { type Configuration, isQuorum, type Member, type Ruling } from './configuration.ts';
import type { Value } from './entry.ts';
import { VERSION_OLDEST } from './version.ts';

const NOBODY: readonly ReplicaId[] = [];

export class Rulings {
  #rulings: Ruling[];

  constructor(rulings: readonly Ruling[]) {
    this.#rulings = [...rulings];
  }

  /** Empty until the first configuration is known: this replica is a stranger. */
  get known(): boolean {
    return this.#rulings.length > 0;
  }

  get all(): readonly Ruling[] {
    return this.#rulings;
  }

  /** The newest one known, in force or about to be. */
  get latest(): Configuration | undefined {
    return this.#rulings.at(-1)?.configuration;
  }

  /** What the cluster has agreed on being able to do, as far as it is known here: see `version.ts`. */
  get version(): number {
    return this.latest?.version ?? VERSION_OLDEST;
  }

  /** Slots in flight at most; 0 while no configuration is known. */
  get alpha(): number {
    return this.#rulings[0]?.configuration.alpha ?? 0;
  }

  /**
   * A configuration was chosen at `slot`: it rules from slot + alpha on. The very first one is not
   * agreed on but given, by the bootstrap of one replica, and rules from the next slot.
   */
  learn(slot: Slot, configuration: Configuration): void {
    const last = this.#rulings.at(-1);
    if (last === undefined) {
      this.#rulings.push({ from: slot + 1, configuration });
      return;
    }
    assert(configuration.alpha === last.configuration.alpha, 'AlphaFixed: alpha never changes');
    const from = slot + this.alpha;
    if (from <= last.from) return;
    this.#rulings.push({ from, configuration });
  }

  at(slot: Slot): Configuration {
    const index = this.#indexAt(slot);
    const ruling = this.#rulings[index];
    assert(ruling !== undefined, 'RuledSlot: every slot in use has a configuration');
    return ruling.configuration;
  }

  /** The last slot ruled by the configuration that rules `slot`; Infinity for the newest. */
  lastRuledWith(slot: Slot): Slot {
    const next = this.#rulings[this.#indexAt(slot) + 1];
    return next === undefined ? Number.POSITIVE_INFINITY : next.from - 1;
  }

  /** True when `granted` is a quorum of every configuration that rules a slot from `slot` on. */
  isQuorumFrom(slot: Slot, granted: ReadonlySet<ReplicaId>): boolean {
    const first = this.#indexAt(slot);
    return (
      this.known && this.#rulings.slice(first).every((ruling) => isQuorum(ruling.configuration, granted))
    );
  }

  /** Members of every configuration that rules a slot from `slot` on, each once, the newest record of each. */
  membersFrom(slot: Slot): readonly Member[] {
    if (!this.known) return [];
    const members = new Map<ReplicaId, Member>();
    for (const ruling of this.#rulings.slice(this.#indexAt(slot))) {
      for (const member of ruling.configuration.members) members.set(member.id, member);
    }
    return [...members.values()];
  }

  /** True when `replica` votes on some slot from `slot` on. */
  isVoterFrom(slot: Slot, replica: ReplicaId): boolean {
    return this.#votersFrom(slot).has(replica);
  }

  otherVotersFrom(slot: Slot, self: ReplicaId): ReplicaId[] {
    const voters = this.#votersFrom(slot);
    voters.delete(self);
    return [...voters];
  }

  /** The ids whose removal rules `slot`. */
  removedAt(slot: Slot): readonly ReplicaId[] {
    const ruling = this.#rulings[this.#indexAt(slot)];
    return ruling === undefined || ruling.from > slot ? NOBODY : ruling.configuration.removed;
  }

  /** The first slot that the newest configuration rules; 0 while none is known. */
  get latestFrom(): Slot {
    return this.#rulings.at(-1)?.from ?? 0;
  }

  /**
   * What will rule when `values`, of the slots behind `chosen`, are chosen too. Nobody knows that they will be, but a
   * candidate that found them can propose nothing else there.
   */
  withValues(chosen: Slot, values: readonly Value[]): Rulings {
    if (values.every((value) => value.kind !== 'configuration')) return this;
    const ahead = new Rulings(this.#rulings);
    for (const [index, value] of values.entries()) {
      if (value.kind === 'configuration') ahead.learn(chosen + 1 + index, value.configuration);
    }
    return ahead;
  }

  /**
   * What a snapshot at `slot` must carry: every configuration that rules a slot above it, as far as the entries up to
   * it say so, which is up to slot + alpha, and those that have a say until `slot` is settled. Nothing that was learned
   * from later entries.
   */
  through(slot: Slot): readonly Ruling[] {
    const first = this.#indexAt(slot + 1 - this.alpha);
    return this.#rulings.slice(first).filter((ruling) => ruling.from <= slot + this.alpha);
  }

  /** Of a snapshot that is further than what is known here: it says who rules from then on. */
  replace(rulings: readonly Ruling[]): void {
    this.#rulings = [...rulings];
  }

  /** Forgets configurations that rule nothing above `slot`. */
  forgetThrough(slot: Slot): void {
    const first = this.#indexAt(slot + 1);
    if (first > 0) this.#rulings = this.#rulings.slice(first);
  }

  #votersFrom(slot: Slot): Set<ReplicaId> {
    const voters = new Set<ReplicaId>();
    if (!this.known) return voters;
    for (const { configuration } of this.#rulings.slice(this.#indexAt(slot))) {
      for (const member of configuration.members) if (member.voter) voters.add(member.id);
    }
    return voters;
  }

  #indexAt(slot: Slot): number {
    let index = this.#rulings.length - 1;
    while (index > 0 && (this.#rulings[index]?.from ?? 0) > slot) index -= 1;
    return Math.max(index, 0);
  }
}

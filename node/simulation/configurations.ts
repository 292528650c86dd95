/**
 * Which configuration rules which slot, by what was chosen: worked out anew from the chosen entries, so that checkers do
 * not believe the core's own account. And what must be true of every change of the members:
 *
 * - OneChange: a change is chosen only when the one before it rules, and moves one voter at most;
 * - IdsAreUsedOnce: who was removed is remembered, and is never a member again;
 * - AlphaFixed: alpha never changes.
 */
import { type ReplicaId, replicaText, type Slot } from '../src/paxos/ballot.ts';
import { type Configuration, REMOVED_MAX } from '../src/paxos/configuration.ts';
import { Violation } from './violation.ts';

export interface ChosenConfiguration {
  readonly slot: Slot;
  /** The first slot that it rules. */
  readonly from: Slot;
  readonly configuration: Configuration;
}

export class Configurations {
  readonly #chosen: ChosenConfiguration[] = [];
  readonly #everRemoved = new Set<ReplicaId>();

  /** The first is given and rules from the next slot, a later one from its own + alpha. In slot order. */
  note(slot: Slot, configuration: Configuration): void {
    const last = this.#chosen.at(-1);
    if (last === undefined) {
      this.#chosen.push({ slot, from: slot + 1, configuration });
      return;
    }
    this.#check(slot, last, configuration);
    this.#chosen.push({ slot, from: slot + configuration.alpha, configuration });
  }

  get newest(): Configuration | undefined {
    return this.#chosen.at(-1)?.configuration;
  }

  /** How many were chosen, the first included. */
  get count(): number {
    return this.#chosen.length;
  }

  at(slot: Slot): Configuration | undefined {
    return this.#chosen.findLast(({ from }) => from <= slot)?.configuration;
  }

  /** The newest in the slots up to this one, whether it rules yet or not. */
  chosenBy(slot: Slot): Configuration | undefined {
    return this.#chosen.findLast((chosen) => chosen.slot <= slot)?.configuration;
  }

  /** Those that rule a slot from `slot` on. */
  from(slot: Slot): Configuration[] {
    const ruling = this.at(slot);
    const later = this.#chosen.filter(({ from }) => from > slot).map(({ configuration }) => configuration);
    return ruling === undefined ? later : [ruling, ...later];
  }

  #check(slot: Slot, last: ChosenConfiguration, configuration: Configuration): void {
    const before = last.configuration;
    if (configuration.alpha !== before.alpha) throw new Violation(`AlphaFixed: slot ${slot} changes alpha`);
    if (slot <= last.from) {
      throw new Violation(`OneChange: slot ${slot} changes members that rule from slot ${last.from} on`);
    }
    const voters = votersOf(before);
    const votersNow = votersOf(configuration);
    const moved = [...voters.difference(votersNow), ...votersNow.difference(voters)];
    if (moved.length > 1) throw new Violation(`OneChange: slot ${slot} moves ${moved.length} voters at once`);
    for (const id of configuration.removed) this.#everRemoved.add(id);
    for (const { id } of before.members) {
      const left = !configuration.members.some((member) => member.id === id);
      if (left && !configuration.removed.includes(id)) {
        throw new Violation(`IdsAreUsedOnce: slot ${slot} forgets that ${replicaText(id)} was removed`);
      }
    }
    const back = configuration.members.find(({ id }) => this.#everRemoved.has(id));
    if (back !== undefined && this.#everRemoved.size <= REMOVED_MAX) {
      throw new Violation(`IdsAreUsedOnce: slot ${slot} takes ${replicaText(back.id)} back`);
    }
  }
}

export function votersOf(configuration: Configuration): Set<ReplicaId> {
  return new Set(configuration.members.filter(({ voter }) => voter).map(({ id }) => id));
}

/** True when more than half of the voters are among `ids`. */
export function isMajority(configuration: Configuration, ids: ReadonlySet<ReplicaId>): boolean {
  const voters = votersOf(configuration);
  return voters.intersection(ids).size * 2 > voters.size;
}

/**
 * One value per slot, for ever: every slot that any replica applies, in any of its lives, is compared
 * with what was applied there before.
 */
import type { Entry } from '../src/paxos/entry.ts';
import type { Slot } from '../src/paxos/ballot.ts';
import { Configurations } from './configurations.ts';
import { Violation } from './violation.ts';

export class ChosenLog {
  readonly #values: Uint8Array[] = [];
  readonly #batches = new Set<Slot>();
  readonly #digests = new Map<Slot, string>();
  readonly configurations = new Configurations();

  get last(): Slot {
    return this.#values.length;
  }

  /** The value of a slot, as `valueOf` gives it. */
  value(slot: Slot): Uint8Array | undefined {
    return this.#values[slot - 1];
  }

  /** The same, only if it is a batch of commands. */
  batch(slot: Slot): Uint8Array | undefined {
    return this.#batches.has(slot) ? this.value(slot) : undefined;
  }

  /** The state of whoever has applied the slot and nothing behind it; undefined when nobody was seen there. */
  digest(slot: Slot): string | undefined {
    return this.#digests.get(slot);
  }

  /** True when nobody had applied the slot before. */
  note(place: number, entry: Entry): boolean {
    const bytes = valueOf(entry);
    const known = this.#values[entry.slot - 1];
    if (known === undefined) {
      if (entry.slot !== this.#values.length + 1) {
        throw new Violation(
          `Agreement: replica ${place} applied slot ${entry.slot} before slot ${this.last + 1}`,
        );
      }
      // A copy: nobody can change later what was chosen.
      this.#values.push(new Uint8Array(bytes));
      if (entry.value.kind === 'commands') this.#batches.add(entry.slot);
      else if (entry.value.kind === 'configuration') {
        this.configurations.note(entry.slot, entry.value.configuration);
      }
      return true;
    }
    if (Buffer.compare(known, bytes) !== 0) {
      throw new Violation(`Agreement: replica ${place} applied another value at slot ${entry.slot}`);
    }
    return false;
  }

  /** Replicas that have applied a slot have the same state. */
  noteDigest(place: number, slot: Slot, digest: string): void {
    const known = this.#digests.get(slot);
    if (known === undefined) this.#digests.set(slot, digest);
    else if (known !== digest) {
      throw new Violation(
        `SameState: replica ${place} has digest ${digest} at slot ${slot}, another has ${known}`,
      );
    }
  }
}

/** A value as the checkers compare it: a batch's bytes, a configuration as JSON, of a no-op its kind. */
export function valueOf({ value }: Entry): Uint8Array {
  if (value.kind === 'commands') return value.bytes;
  return Buffer.from(value.kind === 'noop' ? value.kind : JSON.stringify(value.configuration));
}

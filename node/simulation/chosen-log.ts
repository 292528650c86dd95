/**
 * One value per slot, for ever: every slot that any replica applies, in any of its lives, is compared
 * with what was applied there before.
 */
import type { Entry } from '../src/paxos/entry.ts';
import type { Slot } from '../src/paxos/ballot.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

export class ChosenLog {
  readonly #values: Uint8Array[] = [];
  readonly #digests = new Map<Slot, string>();

  get last(): Slot {
    return this.#values.length;
  }

  /** The value of a slot: its bytes for a batch of commands, nothing for anything else. */
  value(slot: Slot): Uint8Array | undefined {
    return this.#values[slot - 1];
  }

  note(place: number, entry: Entry): void {
    const bytes = entry.value.kind === 'commands' ? entry.value.bytes : Buffer.from(entry.value.kind);
    const known = this.#values[entry.slot - 1];
    if (known === undefined) {
      if (entry.slot !== this.#values.length + 1) {
        throw new Violation(
          `Agreement: replica ${place} applied slot ${entry.slot} before slot ${this.last + 1}`,
        );
      }
      this.#values.push(bytes.slice());
    } else if (Buffer.compare(known, bytes) !== 0) {
      throw new Violation(`Agreement: replica ${place} applied another value at slot ${entry.slot}`);
    }
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

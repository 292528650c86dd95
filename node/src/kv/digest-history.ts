/**
 * The digests at the slots that were applied last, so that replicas that are never at the same slot at the same moment can
 * still be compared. A ring of fixed size: noting one costs three stores into memory.
 */
import type { Digest } from './digest.ts';

/** At the highest rate of slots this is about a second, which is many times what two questions are apart. */
const KEPT = 4_096;

export interface SlotDigest {
  readonly slot: number;
  /** Sixteen hexadecimal digits. */
  readonly value: string;
}

export class DigestHistory {
  readonly #slots = new Float64Array(KEPT);
  readonly #first = new Uint32Array(KEPT);
  readonly #second = new Uint32Array(KEPT);

  note(slot: number, digest: Digest): void {
    const place = slot % KEPT;
    this.#slots[place] = slot;
    this.#first[place] = digest.first;
    this.#second[place] = digest.second;
  }

  /** The digest `value` as this replica tells it of itself. */
  told(value: string): string {
    return value;
  }

  /** By slot, ascending. */
  all(): SlotDigest[] {
    const digests: SlotDigest[] = [];
    for (const [place, slot] of this.#slots.entries()) {
      if (slot === 0) continue;
      const value = hexadecimal(this.#first[place]) + hexadecimal(this.#second[place]);
      digests.push({ slot, value });
    }
    return digests.toSorted((a, b) => a.slot - b.slot);
  }
}

function hexadecimal(word: number | undefined): string {
  return (word ?? 0).toString(16).padStart(8, '0');
}

/**
 * Whether replicas have the same state. Each tells its digest at the slots that it applied last; two of them are compared at
 * the highest slot that both have told. Without such a slot nothing is known about them.
 */

export interface SlotDigest {
  readonly slot: number;
  readonly value: string;
}

export interface DigestVerdict {
  readonly id: string;
  /** `same`: as the others; `different`: from one; `unknown`: no common slot; `alone`: there is nobody to compare with. */
  readonly state: 'same' | 'different' | 'unknown' | 'alone';
  /** Where they were compared. */
  readonly slot: number | undefined;
  readonly digest: string | undefined;
  readonly reason: string;
}

export class DigestCollection {
  readonly #digests = new Map<string, Map<number, string>>();
  readonly #failures = new Map<string, string>();

  add(id: string, digests: readonly SlotDigest[]): void {
    const known = this.#digests.get(id) ?? new Map<number, string>();
    for (const { slot, value } of digests) known.set(slot, value);
    this.#digests.set(id, known);
    this.#failures.delete(id);
  }

  fail(id: string, reason: string): void {
    this.#failures.set(id, reason);
  }

  digestsOf(id: string): ReadonlyMap<number, string> {
    return this.#digests.get(id) ?? new Map();
  }

  failureOf(id: string): string | undefined {
    return this.#failures.get(id);
  }
}

/** A verdict for each of `ids`. `isAlone`: the cluster has one member, so one is all that there can be. */
export function compareDigests(
  collection: DigestCollection,
  ids: readonly string[],
  isAlone = false,
): DigestVerdict[] {
  return ids.map((id) => {
    if (isAlone && ids.length === 1) return aloneOf(collection, id);
    const others = ids.filter((other) => other !== id);
    const comparisons = others.map((other) => ({ other, slot: highestCommonSlot(collection, id, other) }));
    const known = comparisons.filter(
      (each): each is { other: string; slot: number } => each.slot !== undefined,
    );
    const differing = known.find(
      ({ other, slot }) => collection.digestsOf(id).get(slot) !== collection.digestsOf(other).get(slot),
    );
    const best = differing ?? known.toSorted((a, b) => b.slot - a.slot)[0];
    const digest = best === undefined ? undefined : collection.digestsOf(id).get(best.slot);
    if (differing !== undefined) {
      const theirs = collection.digestsOf(differing.other).get(differing.slot);
      return {
        id,
        state: 'different',
        slot: differing.slot,
        digest,
        reason: `${differing.other} has ${theirs}`,
      };
    }
    if (best !== undefined && known.length === others.length) {
      return { id, state: 'same', slot: best.slot, digest, reason: '' };
    }
    const missing = comparisons.filter(({ slot }) => slot === undefined).map(({ other }) => other);
    const reason =
      collection.failureOf(id) ??
      (others.length === 0
        ? 'there is no other replica to compare with'
        : `no slot in common with ${missing.join(', ')}`);
    return { id, state: 'unknown', slot: best?.slot, digest, reason };
  });
}

function aloneOf(collection: DigestCollection, id: string): DigestVerdict {
  const slots = [...collection.digestsOf(id).keys()];
  const slot = slots.length === 0 ? undefined : Math.max(...slots);
  const failure = collection.failureOf(id);
  return {
    id,
    state: failure === undefined ? 'alone' : 'unknown',
    slot,
    digest: slot === undefined ? undefined : collection.digestsOf(id).get(slot),
    reason: failure ?? 'it is the only member: nothing to compare with',
  };
}

function highestCommonSlot(collection: DigestCollection, left: string, right: string): number | undefined {
  const theirs = collection.digestsOf(right);
  let highest: number | undefined;
  for (const slot of collection.digestsOf(left).keys()) {
    if (theirs.has(slot) && slot > (highest ?? 0)) highest = slot;
  }
  return highest;
}

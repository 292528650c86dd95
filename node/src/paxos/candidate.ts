/**
 * Phase 1, from the canvass to the quorum of promises. Votes are counted by the set of their
 * senders (a repeated answer counts once), and only answers to this very ballot count.
 */
import { type Ballot, compareBallots, type ReplicaId, type Slot } from './ballot.ts';
import { type Entry, NOOP, type Value } from './entry.ts';
import type { PromiseMessage } from './message.ts';

/** Asking around: would a quorum promise `ballot`? Nothing is promised yet, nobody is disturbed. */
export interface Canvassing {
  readonly kind: 'canvassing';
  readonly ballot: Ballot;
  readonly granted: Set<ReplicaId>;
}

/** Phase 1 itself, for all slots from `first` on. */
export interface Preparing {
  readonly kind: 'preparing';
  readonly ballot: Ballot;
  readonly first: Slot;
  readonly promises: Map<ReplicaId, Promised>;
  readonly complete: Set<ReplicaId>;
  repeatAtMs: number;
}

export function beginPreparing(ballot: Ballot, first: Slot): Preparing {
  const none = { promises: new Map<ReplicaId, Promised>(), complete: new Set<ReplicaId>() };
  return { kind: 'preparing', ballot, first, ...none, repeatAtMs: 0 };
}

/** The promise of one acceptor, as far as its parts have come. */
interface Promised {
  readonly chosen: Slot;
  readonly parts: number;
  readonly received: Map<number, readonly Entry[]>;
}

export function addPromise(preparing: Preparing, from: ReplicaId, message: PromiseMessage): void {
  let promised = preparing.promises.get(from);
  if (promised === undefined || promised.chosen !== message.chosen || promised.parts !== message.parts) {
    if (preparing.complete.has(from)) return;
    promised = { chosen: message.chosen, parts: message.parts, received: new Map() };
    preparing.promises.set(from, promised);
  }
  promised.received.set(message.part, message.entries);
  if (promised.received.size === promised.parts) preparing.complete.add(from);
}

/** The highest chosen mark among complete promises, and who has it. */
export function highestChosen(preparing: Preparing): { readonly chosen: Slot; readonly holder: ReplicaId } {
  let chosen = 0;
  let holder = 0;
  for (const id of preparing.complete) {
    const mark = preparing.promises.get(id)?.chosen ?? 0;
    if (mark > chosen) {
      chosen = mark;
      holder = id;
    }
  }
  return { chosen, holder };
}

/**
 * What must be proposed again: for each slot above `chosen` the value of the highest ballot that any
 * complete promise reports, and a no-op where none does (invariants HighestBallotWins, HolesFilled).
 */
export function recoveredValues(preparing: Preparing, chosen: Slot): Value[] {
  const best = new Map<Slot, Entry>();
  let last = chosen;
  for (const id of preparing.complete) {
    for (const entries of preparing.promises.get(id)?.received.values() ?? []) {
      for (const entry of entries) {
        if (entry.slot <= chosen) continue;
        const known = best.get(entry.slot);
        if (known === undefined || compareBallots(entry.ballot, known.ballot) > 0)
          best.set(entry.slot, entry);
        if (entry.slot > last) last = entry.slot;
      }
    }
  }
  const values: Value[] = [];
  for (let slot = chosen + 1; slot <= last; slot += 1) values.push(best.get(slot)?.value ?? NOOP);
  return values;
}

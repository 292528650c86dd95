/**
 * The memory of one replica: what it has promised, accepted, and knows to be chosen.
 *
 * `mark` is cumulative within the promised ballot: every slot up to it has been accepted here in
 * this ballot, or was known chosen before. A new ballot puts it back to the chosen mark, whatever
 * older acceptances the disk holds: those may have lost (invariant MarkPerBallot).
 */
import assert from 'node:assert/strict';
import { type Ballot, ballotText, compareBallots, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import type { Ruling } from './configuration.ts';
import { type Entry, valueBytes } from './entry.ts';
import type { PromiseMessage } from './message.ts';
import { Rulings } from './rulings.ts';
import type { StepBuilder } from './step.ts';
import { Window } from './window.ts';

/** Bytes of values in one part of a promise: a frame that leaves room for heartbeats between parts. */
const PROMISE_PART_BYTES = 1024 * 1024;

/** What the log on disk remembers. `entries` are those above `chosen`, ascending, one per slot. */
export interface Restored {
  readonly promised: Ballot;
  readonly chosen: Slot;
  readonly entries: readonly Entry[];
  readonly rulings: readonly Ruling[];
}

export class Acceptor {
  readonly window: Window;
  readonly rulings: Rulings;
  /** What the disk held at the start: the promise that was given, and every slot up to which it had an entry, in some ballot. */
  readonly restored: { readonly promised: Ballot; readonly held: Slot };
  #promised: Ballot;
  #chosen: Slot;
  #mark: Slot;
  #durable: Slot;
  /** The promised ballot is on disk: others may hear of it. */
  #isPromiseDurable: boolean;

  /** `retainedBytes`: see `Window`. */
  constructor(restored: Restored, retainedBytes?: number) {
    this.window = new Window(restored.chosen, retainedBytes);
    this.rulings = new Rulings(restored.rulings);
    this.#promised = highestBallot(restored);
    this.#chosen = restored.chosen;
    for (const entry of restored.entries) this.window.put(entry);
    let mark = restored.chosen;
    for (;;) {
      const next = this.window.get(mark + 1);
      if (next === undefined || !sameBallot(next.ballot, this.#promised)) break;
      mark += 1;
    }
    this.#mark = mark;
    this.#durable = mark;
    let held = restored.chosen;
    while (this.window.get(held + 1) !== undefined) held += 1;
    this.restored = { promised: restored.promised, held };
    this.#isPromiseDurable = sameBallot(this.#promised, restored.promised);
  }

  get promised(): Ballot {
    return this.#promised;
  }

  /** Every slot up to here is known chosen, and its value is held here. */
  get chosen(): Slot {
    return this.#chosen;
  }

  get isPromiseDurable(): boolean {
    return this.#isPromiseDurable;
  }

  get mark(): Slot {
    return this.#mark;
  }

  /** As `mark`, but what was accepted in this ballot counts only when it is on disk: what others may be told. */
  get durable(): Slot {
    return this.#durable;
  }

  /**
   * Whether `candidate` may be promised anything: not by a stranger, and not if it is known to be removed (T47). One that
   * is not known at all may lead: who is behind does not know yet who was promoted, and must not stand in the way.
   */
  mayHear(candidate: ReplicaId): boolean {
    return this.rulings.known && !this.isGone(candidate);
  }

  /**
   * Every slot up to here is known to be chosen by a quorum of those that rule, and stays so whoever restarts: nobody
   * accepts a slot before the one alpha below it is chosen, so what a disk holds proves it (see `provenChosen`). The
   * configurations that ruled only up to here have no say any more (invariant QuorumTakesOver).
   */
  get settled(): Slot {
    return Math.max(0, this.#chosen - this.rulings.alpha);
  }

  /** The removal of `replica` is complete: nothing is needed of it any more. */
  isGone(replica: ReplicaId): boolean {
    return this.rulings.removedAt(this.settled + 1).includes(replica);
  }

  /** Raises the promise. The caller answers only after the fact is durable. */
  promise(ballot: Ballot, out: StepBuilder): void {
    assert(compareBallots(ballot, this.#promised) > 0, 'PromiseGrows: a promise is never lowered');
    this.#promised = ballot;
    this.#isPromiseDurable = false;
    this.#mark = this.#chosen;
    this.#durable = this.#chosen;
    out.facts.push({ kind: 'promise', ballot });
  }

  /**
   * At a start: what an entry stands for is promised from now on by a fact of its own, since it no longer counts once its
   * slot is known to be chosen. False when there is nothing to be written.
   */
  confirmPromise(out: StepBuilder): boolean {
    if (this.#isPromiseDurable) return false;
    out.facts.push({ kind: 'promise', ballot: this.#promised });
    return true;
  }

  /** Accepts in the promised ballot and in slot order; anything else changes nothing. */
  accept(entry: Entry, out: StepBuilder): 'accepted' | 'known' | 'gap' {
    assert(
      sameBallot(entry.ballot, this.#promised),
      `AcceptAsPromised: ${ballotText(entry.ballot)} while ${ballotText(this.#promised)} is promised`,
    );
    if (entry.slot <= this.#mark) return 'known';
    if (entry.slot !== this.#mark + 1) return 'gap';
    const before = this.window.get(entry.slot);
    assert(
      before === undefined || compareBallots(before.ballot, entry.ballot) <= 0,
      'AcceptedGrows: a slot is never accepted anew in a lower ballot',
    );
    this.window.put(entry);
    this.#mark = entry.slot;
    out.facts.push({ kind: 'entry', entry });
    return 'accepted';
  }

  /** The log has told that the promise of `ballot`, and everything accepted in it up to `mark`, is on disk. */
  noteDurable(ballot: Ballot, mark: Slot): void {
    if (!sameBallot(ballot, this.#promised)) return;
    this.#isPromiseDurable = true;
    if (mark > this.#durable) this.#durable = mark;
  }

  /**
   * The leader of the promised ballot says that slots up to `through` are chosen. That is known here
   * only as far as this replica's own mark in the same ballot (invariant ChosenWithinMark).
   */
  learnChosenMark(through: Slot, out: StepBuilder): void {
    this.#advanceChosen(Math.min(through, this.#mark), out);
  }

  /** Catch-up: a peer says that this entry, in this very form, is chosen. Skips what is not next. */
  learnChosenEntry(entry: Entry, out: StepBuilder): void {
    if (entry.slot !== this.#chosen + 1) return;
    this.window.put(entry);
    out.facts.push({ kind: 'entry', entry });
    if (this.#mark < entry.slot) this.#mark = entry.slot;
    this.#advanceChosen(entry.slot, out);
  }

  /**
   * A snapshot on disk holds everything up to `slot`, which is above the chosen mark. The promise stays, and so does what
   * was accepted above it (invariant InstallKeepsVotes): a snapshot says what is chosen, nothing of what this replica has
   * told others.
   */
  install(slot: Slot, rulings: readonly Ruling[], out: StepBuilder): void {
    assert(slot > this.#chosen, 'InstallGoesForward: a snapshot is installed only above the chosen mark');
    this.window.skipTo(slot);
    this.rulings.replace(rulings);
    this.#chosen = slot;
    if (this.#mark < slot) this.#mark = slot;
    if (this.#durable < slot) this.#durable = slot;
    out.facts.push({ kind: 'chosen', slot });
  }

  /** The answer to a prepare: everything accepted above the chosen mark, from `first` on, in parts. */
  promiseParts(first: Slot): PromiseMessage[] {
    const groups: Entry[][] = [[]];
    let bytes = 0;
    for (const entry of this.window.from(Math.max(first, this.#chosen + 1))) {
      if (bytes > 0 && bytes + valueBytes(entry.value) > PROMISE_PART_BYTES) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)?.push(entry);
      bytes += valueBytes(entry.value);
    }
    return groups.map((entries, part) => ({
      kind: 'promise',
      ballot: this.#promised,
      chosen: this.#chosen,
      part,
      parts: groups.length,
      entries,
    }));
  }

  #advanceChosen(through: Slot, out: StepBuilder): void {
    if (through <= this.#chosen) return;
    for (let slot = this.#chosen + 1; slot <= through; slot += 1) {
      const entry = this.window.get(slot);
      assert(entry !== undefined, 'ChosenIsHeld: a slot is known chosen only where its value is held');
      if (entry.value.kind === 'configuration') this.rulings.learn(slot, entry.value.configuration);
    }
    this.#chosen = through;
    if (this.#durable < through) this.#durable = Math.min(through, this.#mark);
    out.facts.push({ kind: 'chosen', slot: through });
  }
}

/**
 * What a disk proves to be chosen, beside the hint on it: a leader proposes a slot only when it knows the one alpha below
 * to be chosen, and streams in slot order, so whoever holds a slot holds the chosen values of all up to that one.
 * `entries` are those above `chosen`, ascending.
 */
export function provenChosen(chosen: Slot, entries: readonly Entry[], alpha: number): Slot {
  let held = chosen;
  for (const { slot } of entries) {
    if (slot !== held + 1) break;
    held = slot;
  }
  return alpha === 0 ? chosen : Math.max(chosen, held - alpha);
}

/**
 * Catch-up stores entries in the ballots in which their senders held them, and a crash may lose the hint
 * that they are chosen: then the disk holds an acceptance above the promise, and stands by it.
 */
function highestBallot(restored: Restored): Ballot {
  let highest = restored.promised;
  for (const { ballot } of restored.entries) if (compareBallots(ballot, highest) > 0) highest = ballot;
  return highest;
}

/**
 * What anybody has applied is held by a quorum from then on. Looked at whenever a replica has started:
 * what it has lost with its power, others must have. Those that are down are believed to hold it, and
 * a lost disk counts for what had been chosen before the loss, or had its vote: this checker errs on the
 * safe side.
 */
import type { Slot } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import { type ChosenLog, valueOf, Violation } from './chosen-log.ts';

/** A machine, as far as this checker looks at it. */
export interface Holder {
  readonly place: number;
  /** Undefined while it is down. */
  readonly replica:
    | {
        readonly core: {
          readonly chosen: Slot;
          readonly acceptor: { readonly window: { get(slot: Slot): Entry | undefined } };
        };
      }
    | undefined;
}

/** `lostAt`: of the places whose disk was lost, the last slot that they may have held. */
export function checkHeldByQuorum(
  machines: readonly Holder[],
  lostAt: ReadonlyMap<number, Slot>,
  from: Slot,
  chosen: ChosenLog,
): void {
  for (let slot = from; slot <= chosen.last; slot += 1) {
    let holders = 0;
    for (const machine of machines) {
      const lost = lostAt.get(machine.place);
      if (lost === undefined ? mayHold(machine, slot, chosen) : slot <= lost) holders += 1;
    }
    if (holders * 2 > machines.length) continue;
    throw new Violation(
      `ChosenIsHeld: slot ${slot} is chosen, and ${holders} of ${machines.length} replicas hold its value`,
    );
  }
}

function mayHold(machine: Holder, slot: Slot, chosen: ChosenLog): boolean {
  const core = machine.replica?.core;
  if (core === undefined || core.chosen >= slot) return true;
  const entry = core.acceptor.window.get(slot);
  const value = chosen.value(slot);
  return entry !== undefined && value !== undefined && Buffer.compare(valueOf(entry), value) === 0;
}

/**
 * What anybody has applied is held by a quorum from then on. Looked at whenever a replica has started:
 * what it has lost with its power, others must have. Those that are down are believed to hold it, and
 * a lost disk counts as long as it had been chosen before the loss: this checker errs on the safe side.
 */
import type { Slot } from '../src/paxos/ballot.ts';
import { type ChosenLog, valueOf, Violation } from './chosen-log.ts';
import type { Machine } from './machine.ts';

/** `lostAt`: of the places whose disk was lost, the last slot that was chosen by then. */
export function checkHeldByQuorum(
  machines: readonly Machine[],
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

function mayHold(machine: Machine, slot: Slot, chosen: ChosenLog): boolean {
  const core = machine.replica?.core;
  if (core === undefined || core.chosen >= slot) return true;
  const entry = core.acceptor.window.get(slot);
  const value = chosen.value(slot);
  return entry !== undefined && value !== undefined && Buffer.compare(valueOf(entry), value) === 0;
}

/**
 * What anybody has applied is held by a quorum from then on: of the configuration that rules the last slot applied,
 * because whoever voted for that one holds all before it. Looked at whenever a replica has started: what it has lost with
 * its power, others must have. Those that are down are believed to hold it, and a lost disk counts for what had been
 * chosen before the loss, or had its vote: this checker errs on the safe side.
 */
import type { ReplicaId, Slot } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import { type ChosenLog, valueOf } from './chosen-log.ts';
import { isMajority } from './configurations.ts';
import { Violation } from './violation.ts';

/** A machine, as far as this checker looks at it. */
export interface Holder {
  /** The identity of its disk, as far as it is known. */
  readonly id: ReplicaId | undefined;
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

/** `lostAt`: of the replicas whose disk was lost, the last slot that they may have held. */
export function checkHeldByQuorum(
  machines: readonly Holder[],
  lostAt: ReadonlyMap<ReplicaId, Slot>,
  from: Slot,
  chosen: ChosenLog,
): void {
  const configuration = chosen.configurations.at(chosen.last);
  if (configuration === undefined) return;
  for (let slot = from; slot <= chosen.last; slot += 1) {
    const holders = new Set<ReplicaId>();
    for (const [id, lost] of lostAt) if (slot <= lost) holders.add(id);
    for (const machine of machines) {
      const { id } = machine;
      if (id !== undefined && !lostAt.has(id) && mayHold(machine, slot, chosen)) holders.add(id);
    }
    if (isMajority(configuration, holders)) continue;
    const voters = configuration.members.filter(({ voter }) => voter);
    const held = voters.filter(({ id }) => holders.has(id)).length;
    throw new Violation(
      `ChosenIsHeld: slot ${slot} is chosen, and ${held} of ${voters.length} voters hold its value`,
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

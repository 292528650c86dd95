/**
 * What a log would serve to a peer as chosen is what was chosen: read as `CatchUpServer` reads it, of every member at the
 * end of a run, since hardly any peer asks for just the slots that are wrong.
 */
import type { Slot } from '../src/paxos/ballot.ts';
import { NotHeld } from '../src/storage/failures.ts';
import { type ChosenLog, valueOf } from './chosen-log.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

const CHUNK_BYTES = 64 * 1024;

export class ServedLogs {
  readonly #chosen: ChosenLog;
  #reading = 0;

  constructor(machines: readonly Machine[], chosen: ChosenLog) {
    this.#chosen = chosen;
    for (const machine of machines) {
      const { log, replica } = machine;
      if (log === undefined || replica === undefined)
        throw new Error(`replica ${machine.place} does not run`);
      const { acceptor } = replica.core;
      this.#read(machine, log.firstSlot, Math.min(acceptor.chosen, acceptor.durable));
    }
  }

  /** Undefined once everything is read, and right. */
  get fault(): string | undefined {
    return this.#reading === 0 ? undefined : `Liveness: ${this.#reading} logs are not read`;
  }

  #read(machine: Machine, from: Slot, through: Slot): void {
    if (from > through) return;
    this.#reading += 1;
    machine.log?.read(from, through, CHUNK_BYTES, (error, entries) => {
      this.#reading -= 1;
      // A snapshot stands for it, and may have been taken this very moment.
      if (error instanceof NotHeld) return;
      if (error !== undefined) throw error;
      for (const entry of entries) {
        const value = this.#chosen.value(entry.slot);
        if (value === undefined || Buffer.compare(value, valueOf(entry)) !== 0) {
          throw new Violation(
            `ServedIsChosen: replica ${machine.place} serves another value at slot ${entry.slot}`,
          );
        }
      }
      this.#read(machine, (entries.at(-1)?.slot ?? through) + 1, through);
    });
  }
}

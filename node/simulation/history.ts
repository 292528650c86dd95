/** What clients did and saw, in virtual time: the evidence that the checkers judge. */
import type { Outcome } from '../src/replica/door.ts';
import type { Slot } from '../src/paxos/ballot.ts';

export interface Operation {
  readonly client: number;
  /** By the log, as a read beside it, or as one of whatever the replica held. */
  readonly path: 'log' | 'read' | 'stale';
  readonly code: number;
  readonly args: readonly string[];
  /** Which request of which process it is; only for those that go by the log. */
  readonly process: number;
  readonly request: number;
  readonly calledAtMs: number;
  /** The highest slot that anybody had an answer from when this was called. */
  readonly slotAtCall: Slot;
  /** Undefined while it is open, and for ever when the replica died before it answered. */
  outcome: Outcome | undefined;
  /** What the replica had applied when it answered. */
  slotAtReturn: Slot;
}

export class History {
  readonly operations: Operation[] = [];
  /** The highest slot that an answer to anybody speaks for. */
  #acknowledged: Slot = 0;
  answered = 0;
  notDone = 0;
  unknown = 0;
  stale = 0;
  /** Answers to requests in sessions that had been done before. */
  replayed = 0;
  /** Requests in sessions that were not there any more. */
  sessionsGone = 0;

  get acknowledged(): Slot {
    return this.#acknowledged;
  }

  call(operation: Omit<Operation, 'slotAtCall' | 'outcome' | 'slotAtReturn'>): Operation {
    const called = { ...operation, slotAtCall: this.#acknowledged, outcome: undefined, slotAtReturn: 0 };
    this.operations.push(called);
    return called;
  }

  acknowledge(slot: Slot): void {
    if (slot > this.#acknowledged) this.#acknowledged = slot;
  }
}

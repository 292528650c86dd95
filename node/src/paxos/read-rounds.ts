/**
 * Linearizable reads without the log: one quorum round confirms the leadership for every read that
 * had arrived before the round began, and never for one that came later (invariant ReadAfterRound;
 * Ongaro's ReadIndex). The reads may run once everything chosen before the round is applied.
 */
import type { ReplicaId, Slot } from './ballot.ts';
import type { StepBuilder } from './step.ts';

/** A read of this replica's own doors, or one that a follower asked for. */
interface WaitingRead {
  readonly id: number;
  readonly follower: ReplicaId | undefined;
}

export class ReadRounds {
  #waiting: WaitingRead[] = [];
  #underWay: WaitingRead[] = [];
  #round: number | undefined;
  #index: Slot = 0;

  get wantsRound(): boolean {
    return this.#round === undefined && this.#waiting.length > 0;
  }

  get roundUnderWay(): number | undefined {
    return this.#round;
  }

  add(id: number, follower: ReplicaId | undefined): void {
    this.#waiting.push({ id, follower });
  }

  /** All that wait go with this round; `chosen` covers every write acknowledged before now. */
  begin(round: number, chosen: Slot): void {
    this.#round = round;
    this.#index = chosen;
    this.#underWay = this.#waiting;
    this.#waiting = [];
  }

  /** The lease holds just now: no round is needed for those that wait. */
  answerAll(chosen: Slot, out: StepBuilder): void {
    for (const read of this.#waiting) answer(read, chosen, out);
    this.#waiting = [];
  }

  /** A quorum has answered the round: this replica led when it began. */
  finish(out: StepBuilder): void {
    const index = this.#index;
    for (const read of this.#underWay) answer(read, index, out);
    this.#underWay = [];
    this.#round = undefined;
  }

  /** The leadership has ended: index 0 says "ask again". */
  abandon(out: StepBuilder): void {
    for (const read of [...this.#underWay, ...this.#waiting]) answer(read, 0, out);
    this.#underWay = [];
    this.#waiting = [];
    this.#round = undefined;
  }
}

function answer(read: WaitingRead, index: Slot, out: StepBuilder): void {
  if (read.follower === undefined) out.reads.push({ id: read.id, index });
  else out.send(read.follower, { kind: 'indexReply', id: read.id, index });
}

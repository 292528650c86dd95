/**
 * What a candidate sends, and what it concludes from the answers: from the canvass to the values that its
 * leadership must propose again. Whether it is a candidate at all is `paxos.ts`'s to decide.
 */
import type { Acceptor } from './acceptor.ts';
import type { Ballot, ReplicaId } from './ballot.ts';
import {
  beginPreparing,
  type Canvassing,
  highestChosen,
  type Preparing,
  recoveredValues,
  rulingsAhead,
} from './candidate.ts';
import type { CatchUp } from './catch-up.ts';
import type { Value } from './entry.ts';
import type { Prepare } from './message.ts';
import type { Rulings } from './rulings.ts';
import type { StepBuilder } from './step.ts';
import type { Timing } from './timing.ts';

export class Campaign {
  readonly #self: ReplicaId;
  readonly #acceptor: Acceptor;
  readonly #catchUp: CatchUp;
  readonly #timing: Timing;

  constructor(self: ReplicaId, acceptor: Acceptor, catchUp: CatchUp, timing: Timing) {
    this.#self = self;
    this.#acceptor = acceptor;
    this.#catchUp = catchUp;
    this.#timing = timing;
  }

  /** Asks everybody else whether they would promise `ballot`. */
  canvass(ballot: Ballot, out: StepBuilder): Canvassing {
    for (const id of this.#others(this.#acceptor.rulings)) out.send(id, { kind: 'canvass', ballot });
    return { kind: 'canvassing', ballot, granted: new Set([this.#self]) };
  }

  isGranted(canvassing: Canvassing): boolean {
    return this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, canvassing.granted);
  }

  /** Phase 1 begins, with this replica's own promise, which the caller has given already. */
  prepare(ballot: Ballot, handedOver: Ballot, nowMs: number, out: StepBuilder): Preparing {
    const preparing = beginPreparing(ballot, this.#acceptor.chosen + 1, handedOver);
    for (const part of this.#acceptor.promiseParts(preparing.first)) out.sendAfterwards(this.#self, part);
    this.repeat(preparing, nowMs, out);
    return preparing;
  }

  /** Asks once more all that have not answered. */
  repeat(preparing: Preparing, nowMs: number, out: StepBuilder): void {
    preparing.repeatAtMs = nowMs + this.#timing.repeatMs;
    preparing.asked.clear();
    this.#sendPrepares(preparing, this.#rulingsAhead(preparing), out);
    const { chosen, holder } = highestChosen(preparing);
    if (chosen > this.#acceptor.chosen) this.#catchUp.fetch(holder, nowMs, this.#acceptor, out);
  }

  /**
   * What must be proposed again, for the slots behind the chosen mark; undefined while promises are missing, of
   * a configuration that came to light only now perhaps, or chosen slots that others know.
   */
  outcome(preparing: Preparing, nowMs: number, out: StepBuilder): readonly Value[] | undefined {
    const rulings = this.#rulingsAhead(preparing);
    if (!rulings.isQuorumFrom(this.#acceptor.chosen + 1, preparing.complete)) {
      this.#sendPrepares(preparing, rulings, out);
      return undefined;
    }
    const { chosen, holder } = highestChosen(preparing);
    if (chosen > this.#acceptor.chosen) {
      // Slots below a promised mark are not in the promises: they are fetched first, as chosen (T5).
      this.#catchUp.fetch(holder, nowMs, this.#acceptor, out);
      return undefined;
    }
    return recoveredValues(preparing, this.#acceptor.chosen);
  }

  /** To every voter who has not answered and was not asked before. */
  #sendPrepares(preparing: Preparing, rulings: Rulings, out: StepBuilder): void {
    const { ballot, first, handedOver, complete, asked } = preparing;
    const message: Prepare = { kind: 'prepare', ballot, first, handedOver };
    for (const id of this.#others(rulings)) {
      if (complete.has(id) || asked.has(id)) continue;
      asked.add(id);
      out.sendAfterwards(id, message);
    }
  }

  #rulingsAhead(preparing: Preparing): Rulings {
    return rulingsAhead(preparing, this.#acceptor.rulings, this.#acceptor.chosen);
  }

  #others(rulings: Rulings): ReplicaId[] {
    return rulings.otherVotersFrom(this.#acceptor.chosen + 1, this.#self);
  }
}

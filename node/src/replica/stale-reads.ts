/**
 * Reads of what this replica holds now, for clients that would rather have an old answer than none, or none but
 * a fast one. Each sees the state at one slot, all of it: a past state, and never a mixture.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Applier } from './applier.ts';
import { Failure, type Outcome, type Staleness } from './door.ts';
import type { Clock } from './replica-options.ts';
import type { Readiness } from './readiness.ts';

export class StaleReads {
  readonly #core: Paxos;
  readonly #applier: Applier;
  readonly #readiness: Readiness;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** When the leader last said how far the cluster is. */
  #heardAtMs: number;
  /** When it was heard last of what is all applied here by now. */
  #levelAtMs: number;

  constructor(
    core: Paxos,
    applier: Applier,
    readiness: Readiness,
    { clock, random }: { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#core = core;
    this.#applier = applier;
    this.#readiness = readiness;
    this.#clock = clock;
    this.#random = random;
    this.#heardAtMs = clock.nowMs();
    this.#levelAtMs = this.#heardAtMs;
  }

  /** A message of a peer has come; only the leader's tell how far the cluster is. */
  noteMessage(peer: ReplicaId): void {
    if (peer === this.#core.leader) this.#heardAtMs = this.#clock.nowMs();
  }

  /** At the end of a turn: what was heard of by then has been stepped through. */
  noteTurn(): void {
    const { leadership } = this.#core;
    // A leader that no quorum answers may have been replaced without knowing.
    if (leadership !== undefined) this.#heardAtMs = leadership.quorumHeardAtMs(this.#clock.nowMs());
    if (this.#applier.applied >= this.#core.lastHeard) this.#levelAtMs = this.#heardAtMs;
  }

  get staleness(): Staleness {
    return {
      slot: this.#applier.applied,
      ageMs: Math.max(0, Math.ceil(this.#clock.nowMs() - this.#levelAtMs)),
    };
  }

  read(code: number, args: readonly string[]): Outcome {
    if (this.#core.role === 'stranger') return new Failure('notDone', 'this replica belongs to no cluster');
    if (!this.#readiness.wasLevel) {
      return new Failure('notDone', 'this replica has not been level with a leader since it started');
    }
    const { store } = this.#applier;
    return store.execute(code, args, { nowMs: Math.floor(this.#clock.clockMs()), random: this.#random() });
  }
}

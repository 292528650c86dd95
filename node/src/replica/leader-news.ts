/** Tells observers who leads whenever that changes: a new leader, a new ballot of the same one, or nobody. */
import type { Observer } from '../observe/events.ts';
import { type Ballot, type ReplicaId, sameBallot } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';

export class LeaderNews {
  readonly #core: Paxos;
  readonly #observe: Observer;
  #leader: ReplicaId | undefined;
  #ballot: Ballot;

  constructor(core: Paxos, observe: Observer) {
    this.#core = core;
    this.#observe = observe;
    this.#ballot = core.acceptor.promised;
  }

  /** At the end of a turn. */
  tell(): void {
    const { leader } = this.#core;
    const ballot = this.#core.acceptor.promised;
    if (leader === this.#leader && sameBallot(ballot, this.#ballot)) return;
    const isNews = leader !== this.#leader || leader !== undefined;
    this.#leader = leader;
    this.#ballot = ballot;
    if (isNews) this.#observe({ kind: 'leaderChanged', leader, ballot });
  }
}

/** Tells the observer when another leader is known, or the same one in another ballot. */
import type { Observer } from '../observe/events.ts';
import { type Ballot, type ReplicaId, sameBallot } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';

export class LeaderWatch {
  readonly #core: Paxos;
  readonly #observe: Observer;
  #leader: ReplicaId | undefined;
  #ballot: Ballot;

  constructor(core: Paxos, observe: Observer) {
    this.#core = core;
    this.#observe = observe;
    this.#ballot = core.acceptor.promised;
  }

  review(): void {
    const { leader } = this.#core;
    const ballot = this.#core.acceptor.promised;
    if (leader === this.#leader && sameBallot(ballot, this.#ballot)) return;
    const isNews = leader !== this.#leader || leader !== undefined;
    this.#leader = leader;
    this.#ballot = ballot;
    if (isNews) this.#observe({ kind: 'leaderChanged', leader, ballot });
  }
}

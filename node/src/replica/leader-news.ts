/** Tells observers of each leader once: the same leader in the same ballot is no news. */
import type { Observer } from '../observe/events.ts';
import { type Ballot, type ReplicaId, sameBallot } from '../paxos/ballot.ts';

export class LeaderNews {
  #leader: ReplicaId | undefined;
  #ballot: Ballot;
  readonly #observe: Observer;

  constructor(ballot: Ballot, observe: Observer) {
    this.#ballot = ballot;
    this.#observe = observe;
  }

  note(leader: ReplicaId | undefined, ballot: Ballot): void {
    if (leader === this.#leader && sameBallot(ballot, this.#ballot)) return;
    const isNews = leader !== this.#leader || leader !== undefined;
    this.#leader = leader;
    this.#ballot = ballot;
    if (isNews) this.#observe({ kind: 'leaderChanged', leader, ballot });
  }
}

/**
 * What a replica does about a full disk: it looks now and then whether there is room again, tells the leader as long as there is
 * none, and as a leader refuses what can't be written.
 *
 * The leader's own disk is not all that counts: when those that have no space for a further segment leave no quorum of others, what
 * is left in their present ones must not be used up by what grows, or no delete could be chosen any more.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import { SINCE } from '../paxos/version.ts';
import type { Log } from '../storage/log.ts';
import { SPACE_RETRY_MS } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { LogSpace } from './proposer.ts';
import type { Requests } from './requests.ts';

/** What a peer has told counts for so long: it tells again while it is so. */
const TOLD_MS = 3 * SPACE_RETRY_MS;

export interface SpaceWatchOptions {
  readonly self: ReplicaId;
  readonly log: Pick<Log, 'full' | 'exhausted' | 'retrySpace'>;
  readonly requests: Pick<Requests, 'refuseUnsubmitted'>;
}

export class SpaceWatch implements LogSpace {
  readonly #core: Paxos;
  readonly #outbox: Outbox;
  readonly #options: SpaceWatchOptions;
  /** When a peer told last that it has no space. */
  readonly #toldAtMs = new Map<ReplicaId, number>();
  #nowMs = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(core: Paxos, outbox: Outbox, options: SpaceWatchOptions) {
    this.#core = core;
    this.#outbox = outbox;
    this.#options = options;
  }

  /** A peer has no space. */
  note(peer: ReplicaId): void {
    this.#toldAtMs.set(peer, this.#nowMs);
  }

  /** At the beginning of a turn's work. */
  review(nowMs: number): void {
    this.#nowMs = nowMs;
    const { log, requests, self } = this.#options;
    if (!log.full) return;
    // Not a failed write: nothing is lost, and what a leader is asked for now is surely not done.
    if (log.exhausted && this.#core.role === 'leader') {
      requests.refuseUnsubmitted("the leader's disk is full");
    }
    if (nowMs - this.#askedAtMs < SPACE_RETRY_MS) return;
    this.#askedAtMs = nowMs;
    log.retrySpace();
    const { acceptor, leader } = this.#core;
    if (leader === undefined || leader === self || acceptor.rulings.version < SINCE.fullDisks) return;
    this.#outbox.send(leader, { kind: 'full' });
  }

  /** What makes the data larger has to wait: here, or for too many of the others, there is no space. */
  get full(): boolean {
    if (this.#options.log.full) return true;
    if (this.#toldAtMs.size === 0) return false;
    const { rulings, chosen } = this.#core.acceptor;
    const { members } = rulings.at(chosen + 1);
    const roomy = members.filter(({ id }) => this.#nowMs - (this.#toldAtMs.get(id) ?? -TOLD_MS) >= TOLD_MS);
    return !rulings.isQuorumFrom(chosen + 1, new Set(roomy.map(({ id }) => id)));
  }

  get exhausted(): boolean {
    return this.#options.log.exhausted;
  }
}

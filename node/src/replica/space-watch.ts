/** What a replica does about a full disk: it refuses what a leader can't write, and looks now and then whether there is room again. */
import type { Log } from '../storage/log.ts';
import { SPACE_RETRY_MS } from './limits.ts';
import type { Requests } from './requests.ts';

export class SpaceWatch {
  readonly #log: Log;
  readonly #requests: Requests;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, requests: Requests) {
    this.#log = log;
    this.#requests = requests;
  }

  review(nowMs: number, isLeader: boolean): void {
    if (!this.#log.full) return;
    // Not a failed write: nothing is lost, and what a leader is asked for now is surely not done.
    if (this.#log.exhausted && isLeader) this.#requests.refuseUnsubmitted("the leader's disk is full");
    if (nowMs - this.#askedAtMs < SPACE_RETRY_MS) return;
    this.#askedAtMs = nowMs;
    this.#log.retrySpace();
  }
}

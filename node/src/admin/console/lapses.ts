/** For how long something that ends within seconds in a cluster that is well has gone on, by the reports of its replicas. */
import { leaderOf } from './cluster-view.ts';
import type { SelfReport } from './self-report.ts';

export interface Lapses {
  /** For how long nobody has led. */
  readonly leaderlessMs: number;
  /** For how long the leader has had slots on its disk of which no quorum accepts the first. */
  readonly stillMs: number;
}

export class LapseClock {
  #ledAtMs: number;
  #movedAtMs: number;
  #chosen = -1;

  /** Times are of `performance.now`, here and below. */
  constructor(nowMs: number) {
    this.#ledAtMs = nowMs;
    this.#movedAtMs = nowMs;
  }

  /** What has lapsed by now, if this is what the replicas say now. `isLed`: somebody leads, who may be one that can't be asked. */
  note(reports: readonly SelfReport[], isLed: boolean, nowMs: number): Lapses {
    const leader = leaderOf(reports);
    if (isLed) this.#ledAtMs = nowMs;
    if (leader === undefined || leader.chosen !== this.#chosen || leader.durable <= leader.chosen) {
      this.#chosen = leader?.chosen ?? -1;
      this.#movedAtMs = nowMs;
    }
    return { leaderlessMs: nowMs - this.#ledAtMs, stillMs: nowMs - this.#movedAtMs };
  }
}

/** When a replica that hears of no leader asks for the lead: drawn anew each time, so that few ask at once (T28). */
import type { Timing } from './timing.ts';

export class ElectionTimer {
  readonly #timing: Timing;
  readonly #random: () => number;
  #atMs = 0;

  constructor(timing: Timing, random: () => number) {
    this.#timing = timing;
    this.#random = random;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#atMs;
  }

  /**
   * A leader was heard, or somebody else has a good chance to become one. In a new cluster the wait is short:
   * nobody can be disturbed, and somebody waits for it to serve.
   */
  delay(nowMs: number, isNewCluster: boolean): void {
    const { electionMinMs, electionMaxMs, heartbeatMs } = this.#timing;
    this.#atMs = isNewCluster
      ? nowMs + heartbeatMs * (0.5 + this.#random())
      : nowMs + electionMinMs + this.#random() * (electionMaxMs - electionMinMs);
  }

  /** The link to the leader broke: a strong hint, and the others refuse if they still hear it. */
  hasten(nowMs: number): void {
    this.#atMs = nowMs + this.#timing.heartbeatMs * (0.2 + this.#random());
  }
}

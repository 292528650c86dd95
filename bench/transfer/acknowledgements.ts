/** When writes were acknowledged, and for how long none was: what a change of the leader costs all clients together. */

export class Acknowledgements {
  #times: number[] = [];

  /** At `nowMs`, which never goes back. */
  note(nowMs: number): void {
    this.#times.push(nowMs);
  }

  get count(): number {
    return this.#times.length;
  }

  /**
   * The longest time without one that began or ended between `fromMs` and `throughMs`; Infinity if none came before or after,
   * since then nobody knows how long it was. Forgets everything before `fromMs`.
   */
  longestGapMs(fromMs: number, throughMs: number): number {
    const firstInside = this.#times.findIndex((time) => time >= fromMs);
    const times = firstInside < 1 ? this.#times : this.#times.slice(firstInside - 1);
    this.#times = times;
    const [first] = times;
    const last = times.at(-1);
    if (first === undefined || last === undefined || first > fromMs || last < throughMs) {
      return Number.POSITIVE_INFINITY;
    }
    let longestMs = 0;
    for (let index = 1; index < times.length; index += 1) {
      const [before = 0, time = 0] = times.slice(index - 1, index + 1);
      if (before > throughMs) break;
      longestMs = Math.max(longestMs, time - before);
    }
    return longestMs;
  }
}

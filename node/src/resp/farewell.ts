/**
 * How a connection ends when its replica does. A client that has sent a request when its connection ends does not know what became
 * of it. So the connection stays open a little longer: what still comes is refused, surely not done, and that answer is the last;
 * and it ends without a word only when nothing has come for a while. A client that waits for each answer, and leaves when it is
 * refused, never has to guess. One that asks again at once, on the same connection, may meet its end, which follows the refusal.
 */
import { activeMs, gatherMs, lingerMs } from './limits.ts';

export class Farewell {
  #stage: 'none' | 'begun' | 'last' = 'none';
  #lingersMs = 0;
  #idleMs = 0;
  #isGathering = false;
  /** What is answered now is the last answer. */
  isSaid = false;

  /** `quietMs`: since when nothing has come. A client that was busy will soon ask again, and is worth a longer wait. */
  begin(quietMs: number): void {
    this.#stage = 'begun';
    this.#lingersMs = quietMs < activeMs ? activeMs : lingerMs;
  }

  /** A request has come. */
  heard(): void {
    if (this.#stage !== 'none') this.#stage = 'last';
  }

  /**
   * True when the last answers must wait a moment, and then for `resume`: requests that were sent together come one after the
   * other, and when the answers are out, so is the end.
   */
  holdsBack(resume: () => void): boolean {
    if (this.#stage !== 'last' || this.isSaid) return false;
    if (this.#isGathering) return true;
    this.#isGathering = true;
    setTimeout(() => {
      this.isSaid = true;
      resume();
    }, gatherMs);
    return true;
  }

  /** To be called every `lingerMs`: true when the connection has been idle for long enough. */
  isOver(isIdle: boolean): boolean {
    this.#idleMs = isIdle ? this.#idleMs + lingerMs : 0;
    return this.#idleMs > this.#lingersMs;
  }
}

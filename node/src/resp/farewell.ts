/**
 * How a connection ends when its replica does. A client that has sent a request when its connection ends does not know what became
 * of it. So the connection stays open a little longer: what still comes is refused, surely not done, and that answer is the last;
 * and it ends without a word only when nothing has come for a while. A client that waits for each answer never has to guess.
 */

export class Farewell {
  #stage: 'none' | 'begun' | 'last' = 'none';
  #wasIdle = false;

  begin(): void {
    this.#stage = 'begun';
  }

  /** A request has come. */
  heard(): void {
    if (this.#stage !== 'none') this.#stage = 'last';
  }

  /** What is answered now is the last answer. */
  get isSaid(): boolean {
    return this.#stage === 'last';
  }

  /** To be called every `lingerMs`: true when the connection has been idle since the last call. */
  isOver(isIdle: boolean): boolean {
    const isOver = isIdle && this.#wasIdle;
    this.#wasIdle = isIdle;
    return isOver;
  }
}

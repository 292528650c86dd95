/**
 * How much time all clients together spend in one turn on queueing commands of transactions. Nothing else holds them back, since nobody
 * has to answer them but the connection itself: a hundred clients that fill their queues would leave no time for whoever waits for
 * an answer.
 */
import { queueingMsMax } from './limits.ts';

export class QueueingTurn {
  #endMs = 0;
  #isOpen = false;

  /** Whether the time is used up: to be asked after each command. The next turn begins with the next turn of the event loop. */
  isOver(): boolean {
    if (this.#isOpen) return performance.now() > this.#endMs;
    this.#isOpen = true;
    this.#endMs = performance.now() + queueingMsMax;
    setImmediate(() => {
      this.#isOpen = false;
    });
    return false;
  }
}

/**
 * One life of a replica's process, as the world sees it: everything that would call into the replica
 * (a frame, a completion of its disk, a tick) goes through `run`. While the process is paused such
 * calls wait, as they do for a process that got SIGSTOP or lost its processor; once it has ended they are
 * forgotten. A restart is a new `Process`, so nothing of an old life can reach the new one.
 */
import type { Run, Scheduled, Time } from './time.ts';

export class Process {
  #time: Time;
  #state: 'running' | 'paused' | 'ended' = 'running';
  #waiting: Run[] = [];
  #timersWaiting: Run[] = [];

  constructor(time: Time) {
    this.#time = time;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  get paused(): boolean {
    return this.#state === 'paused';
  }

  /** Calls now, when it is paused later, when it has ended never. */
  run(call: Run): void {
    if (this.#state === 'running') call();
    else if (this.#state === 'paused') this.#waiting.push(call);
  }

  /** A timer of this process: `call` comes `delayMs` of virtual time from now, or later, or never. */
  after(delayMs: number, call: Run): Scheduled {
    return this.#time.schedule(delayMs, () => {
      if (this.#state === 'paused') this.#timersWaiting.push(call);
      else this.run(call);
    });
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /**
   * Goes on with everything that has waited, in order and all at once: first what came from outside, then its timers, as
   * a process does that was stopped while it waited for its sockets.
   */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const waiting = [...this.#waiting, ...this.#timersWaiting];
    this.#waiting = [];
    this.#timersWaiting = [];
    // A call may pause or end the process: the rest then waits again, or is forgotten.
    for (const call of waiting) this.run(call);
  }

  end(): void {
    this.#state = 'ended';
    this.#waiting = [];
    this.#timersWaiting = [];
  }
}

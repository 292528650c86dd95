/**
 * The end of a replica that was asked to end, in the order that loses nothing:
 *
 *     unready, hand over the lead ─► serve until the drain time is over ─► take no more requests, tell watchers, finish what
 *     is in flight ─► clients' doors are closed ─► the replica stops ─► admin port, links, log
 *
 * Each wait has a bound. Being asked a second time ends the waiting: what is unanswered is answered with what is known.
 */

/** What is in flight has had an election's time and more by then; what is left will not be settled here. */
export const IN_FLIGHT_MS_MAX = 2_000;

type Close = (done: () => void) => void;

export interface ShutdownParts {
  readonly drainMs: number;
  /** Unready from now on; completes when the lead is in other hands, or stays for want of others. */
  readonly leave: Close;
  /** The replica takes no more requests. */
  readonly refuseRequests: () => void;
  /** Completes when every answer is out. */
  readonly closeDoors: Close;
  /** The replica answers what is left with what is known, and stops. */
  readonly stop: () => void;
  /** What is of use only to a replica that runs, and the log last. */
  readonly closeRest: Close;
  readonly notice: (text: string) => void;
  readonly exit: (code: number) => void;
}

export class Shutdown {
  readonly #parts: ShutdownParts;
  #stage: 'running' | 'leaving' | 'closing' | 'stopped' = 'running';
  #code = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** A signal has come, or whoever started this process is gone. */
  ask(): void {
    if (this.#stage === 'running') return this.#leave();
    if (this.#stage === 'stopped') return;
    this.#parts.notice('shutting down: asked again, waits no longer');
    if (this.#stage === 'leaving') this.#close();
    this.#stop();
  }

  /** The replica has stopped by itself: there is nothing to hand over, and nobody to serve. */
  end(code: number): void {
    this.#code = code;
    if (this.#stage === 'running' || this.#stage === 'leaving') this.#close();
    this.#stop();
  }

  #leave(): void {
    this.#stage = 'leaving';
    const { drainMs, leave, notice } = this.#parts;
    const sinceMs = performance.now();
    leave(() => {
      if (this.#stage !== 'leaving') return;
      const leftMs = drainMs - (performance.now() - sinceMs);
      if (leftMs <= 0) return this.#close();
      notice(`shutting down: serves for ${(leftMs / 1_000).toFixed(1)} s more`);
      this.#timer = setTimeout(() => this.#close(), leftMs);
    });
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#stage = 'closing';
    const { refuseRequests, closeDoors, closeRest, exit } = this.#parts;
    refuseRequests();
    this.#timer = setTimeout(() => this.#stop(), IN_FLIGHT_MS_MAX);
    closeDoors(() => {
      this.#stop();
      closeRest(() => exit(this.#code));
    });
  }

  #stop(): void {
    if (this.#stage === 'stopped') return;
    clearTimeout(this.#timer);
    this.#stage = 'stopped';
    this.#parts.stop();
  }
}

/** Waiting that can be cut short: every loop here ends when it is told to, not when its delay is over. */

/** Resolves after the delay, or at once when the signal says stop; never rejects. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    signal.addEventListener('abort', finish);
  });
}

/**
 * A signal of one piece of work, which ends with its parent's. `AbortSignal.any` would keep a record of
 * each in the parent, which lives as long as the process.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parent?: AbortSignal) {
    this.#parent = parent;
    if (parent?.aborted === true) this.#controller.abort(parent.reason);
    else parent?.addEventListener('abort', this.#forward);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Interrupts with this reason unless called again, or the work is done, before the delay is over. */
  interruptAfter(delayMs: number, reason: () => Error): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(reason()), delayMs);
  }

  cancelTimer(): void {
    clearTimeout(this.#timer);
  }

  interrupt(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The work is done: nothing interrupts it any more, and the parent forgets it. */
  release(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this.#forward);
  }

  readonly #forward = (): void => this.#controller.abort(this.#parent?.reason);
}

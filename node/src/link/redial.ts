/** When to try again: exponential back-off with full jitter, so that replicas do not return in step. */
import type { LinkTiming } from './link-timing.ts';

/** Milliseconds to wait after `failures` failed attempts in a row. `random` draws from [0, 1). */
export function backoffMs(failures: number, timing: LinkTiming, random: () => number): number {
  // 2^30 is past every sensible maximum, and keeps the product finite.
  const ceilingMs = timing.backoffMsMin * 2 ** Math.min(failures, 30);
  return random() * Math.min(timing.backoffMsMax, ceilingMs);
}

/** Starts an attempt; the function that it returns abandons it. */
export type StartAttempt = (failures: number) => () => void;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'trying'; readonly abandon: () => void };

/** Runs one attempt at a time. Whoever runs it says how each ended: `failed` or `succeeded`. */
export class Redial {
  readonly #start: StartAttempt;
  readonly #timing: LinkTiming;
  readonly #random: () => number;
  #state: State = { kind: 'idle' };
  #failures = 0;

  constructor(start: StartAttempt, timing: LinkTiming, random: () => number) {
    this.#start = start;
    this.#timing = timing;
    this.#random = random;
  }

  /** Begins after `delayMs` and a back-off; no effect while an attempt is planned or under way. */
  begin(delayMs: number): void {
    if (this.#state.kind !== 'idle') return;
    const waitMs = delayMs + backoffMs(this.#failures, this.#timing, this.#random);
    const timer = setTimeout(() => {
      this.#state = { kind: 'trying', abandon: this.#start(this.#failures) };
    }, waitMs);
    this.#state = { kind: 'waiting', timer };
  }

  failed(): void {
    this.#state = { kind: 'idle' };
    this.#failures += 1;
  }

  succeeded(): void {
    this.#state = { kind: 'idle' };
  }

  /** The link that an attempt led to has lived `livedMs`: a short life counts as one more failure. */
  lost(livedMs: number): void {
    this.#failures = livedMs >= this.#timing.backoffMsMax ? 0 : this.#failures + 1;
  }

  /** Forgets a planned attempt; one under way goes on. */
  postpone(): void {
    if (this.#state.kind !== 'waiting') return;
    clearTimeout(this.#state.timer);
    this.#state = { kind: 'idle' };
  }

  stop(): void {
    this.postpone();
    if (this.#state.kind === 'trying') this.#state.abandon();
    this.#state = { kind: 'idle' };
  }
}

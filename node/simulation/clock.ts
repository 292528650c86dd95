/**
 * The clocks of one machine, both wrong. The monotonic one runs up to 5 % fast or slow and never goes
 * back; the wall clock is also off by seconds, sometimes by minutes, and jumps when the nemesis says so.
 * Clocks belong to the machine: they go on while its process is down or paused.
 */
import type { Random } from './random.ts';
import type { Time } from './time.ts';

/** Far above what crystals do (0.01 %), but what smeared or throttled virtual machines have shown. */
const DRIFT_MAX = 0.05;
/** Nearly what a lease bears: rates that differ by a fifth. */
const DRIFT_EXTREME = 0.09;

/** Where the wall clocks of all runs begin: 2026-01-01T00:00:00Z. */
export const WALL_EPOCH_MS = 1_767_225_600_000;

export class Clock {
  #time: Time;
  /** Local milliseconds per millisecond of virtual time. */
  readonly rate: number;
  /** What the monotonic clock showed when the run began: no two machines agree on it. */
  #monotonicStartMs: number;
  #wallOffsetMs: number;

  /** `extreme`: as fast or as slow as a lease bears, for what must hold between any two clocks. */
  constructor(time: Time, random: Random, extreme = false) {
    this.#time = time;
    this.rate = extreme
      ? random.pick([1 - DRIFT_EXTREME, 1 + DRIFT_EXTREME])
      : random.between(1 - DRIFT_MAX, 1 + DRIFT_MAX);
    this.#monotonicStartMs = random.integer(0, 1_000_000_000);
    this.#wallOffsetMs = drawOffset(random);
  }

  /** Never goes back; comparable only with itself. */
  monotonicMs(): number {
    return this.#monotonicStartMs + this.#time.now * this.rate;
  }

  /** Milliseconds since 1970, as this machine believes; a whole number, as `Date.now` gives. */
  wallMs(): number {
    return Math.floor(WALL_EPOCH_MS + this.#wallOffsetMs + this.#time.now * this.rate);
  }

  /** How much virtual time passes while this machine's clock counts `localMs`: the delay of its timers. */
  worldMs(localMs: number): number {
    return localMs / this.rate;
  }

  /** Moves the wall clock, forwards or backwards. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}

/** Mostly within 2 s of the truth, in one of eight cases within 10 min: also the size of a jump. */
export function drawOffset(random: Random): number {
  const widthMs = random.chance(1 / 8) ? 600_000 : 2_000;
  return Math.round(random.between(-widthMs, widthMs));
}

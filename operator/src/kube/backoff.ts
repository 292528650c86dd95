/** Delays that grow while something fails, spread by chance so that many who failed together don't return together. */

export interface BackoffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Doubles per failure, and takes between half of it and all of it. */
export function backoffMs(failures: number, { firstMs, mostMs }: BackoffLimits): number {
  // 2^52 is exact, and above any sensible most.
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 52));
  return jittered(whole * 0.75, 1 / 3);
}

/** `value` give or take a share of it: `jittered(300, 0.2)` lies between 240 and 360. */
export function jittered(value: number, share: number): number {
  return value * (1 + share * (2 * Math.random() - 1));
}

/** The end of a process that was asked to end, step by step as `Shutdown` takes them, in virtual time. */
import { TICK_MS } from '../src/replica/limits.ts';
import type { Replica } from '../src/replica/replica.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

/** How long it waits, from "not at all" to what a real replica does. */
export interface Patience {
  readonly drainMs: number;
  /** For what is in flight. */
  readonly finishMs: number;
}

export function drawPatience(random: Random): Patience {
  return { drainMs: random.pick([0, 0, 200, 1_500]), finishMs: random.pick([0, 0, 50, 2_000]) };
}

/** `ended` comes when the process may end. False when the replica is leaving already. */
export function stopCleanly(
  process: Process,
  replica: Replica,
  { drainMs, finishMs }: Patience,
  ended: () => void,
): boolean {
  if (replica.departure.reasons.length > 0) return false;
  const close = (): void => {
    replica.close();
    ended();
  };
  const finish = (leftMs: number): void => {
    const { writes, reads } = replica.pending;
    if (leftMs <= 0 || writes + reads === 0) return close();
    process.after(TICK_MS, () => finish(leftMs - TICK_MS));
  };
  const refuse = (): void => {
    replica.departure.refuseRequests();
    finish(finishMs);
  };
  process.run(() => replica.departure.begin(() => process.after(drainMs, refuse)));
  return true;
}

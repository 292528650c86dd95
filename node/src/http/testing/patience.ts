/** Waits for a condition, not for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/** Generous: it only ends a test that has failed. */
const DEADLINE_MS = 20_000;

export async function eventuallyOf(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not so: ${condition.toString()}`);
    await pause(5);
  }
}

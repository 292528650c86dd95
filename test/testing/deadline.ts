/** Waits for a condition instead of for a time. */
import { setTimeout as pause } from 'node:timers/promises';

/** Generous: it only ends a test that has failed. */
const DEADLINE_MS = 30_000;
const POLL_MS = 20;

/** Resolves with the first answer that is not undefined; rejects with `what` when none comes. */
export async function eventually<Answer>(
  what: string | (() => string),
  ask: () => Answer | undefined | Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      throw new Error(`still not so: ${typeof what === 'string' ? what : what()}`);
    }
    await pause(POLL_MS);
  }
}

/** Rejects when `promise` has not settled in time. */
export async function inTime<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still not so: ${what}`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a condition, up to a deadline that the story names: an e2e test speaks of minutes, and says what it saw last. */
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 700;

export type Seen<Answer> = { readonly done: Answer } | { readonly yet: string };

/** Resolves when `ask` answers with `done`; rejects with what it answered last. */
export async function until<Answer>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<Seen<Answer>>,
  pollMs = POLL_MS,
): Promise<Answer> {
  const startedAt = performance.now();
  for (;;) {
    const seen = await ask();
    if ('done' in seen) return seen.done;
    const elapsed = performance.now() - startedAt;
    if (elapsed > deadlineMs) {
      throw new Error(`${what}: not so after ${Math.round(elapsed / 1_000)} s; ${seen.yet}`);
    }
    await pause(pollMs);
  }
}

/** The same for a plain question. */
export async function untilTrue(
  what: string,
  deadlineMs: number,
  ask: () => Promise<boolean>,
): Promise<void> {
  await until(what, deadlineMs, async () => ((await ask()) ? { done: true } : { yet: 'no' }));
}

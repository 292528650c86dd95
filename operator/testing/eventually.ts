/** Waiting for a condition instead of sleeping: as long as it takes, up to a deadline that only a bug meets. */
const DEADLINE_MS = 20_000;
const LOOK_MS = 5;

/** Resolves with the first answer that is not `undefined` or `false`; rejects with `what` after the deadline. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, undefined | false>> {
  const startedMs = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (performance.now() - startedMs > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

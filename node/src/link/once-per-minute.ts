/**
 * A peer that is refused comes back every second or two. Its reason is worth one line, not a thousand:
 * each key passes once a minute.
 */
const QUIET_MS = 60_000;
/** A stranger can invent new reasons at will; past this many in one minute, further ones stay unsaid. */
const KEYS_MAX = 1_024;

export class OncePerMinute {
  readonly #passedMs = new Map<string, number>();

  /** True the first time that it is asked about `key` within a minute. `nowMs` is monotonic. */
  passes(key: string, nowMs: number): boolean {
    const passedMs = this.#passedMs.get(key);
    if (passedMs !== undefined && nowMs - passedMs < QUIET_MS) return false;
    if (this.#passedMs.size >= KEYS_MAX) this.#forget(nowMs);
    if (this.#passedMs.size >= KEYS_MAX) return false;
    this.#passedMs.set(key, nowMs);
    return true;
  }

  #forget(nowMs: number): void {
    for (const [key, passedMs] of this.#passedMs) {
      if (nowMs - passedMs >= QUIET_MS) this.#passedMs.delete(key);
    }
  }
}

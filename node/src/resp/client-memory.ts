/**
 * Memory that the clients of all Redis ports hold together: requests that have not come to their end, queued transactions,
 * answers that are not read. Over the limit the client that holds most goes, as with Redis's `maxmemory-clients`.
 *
 * Few large requests arrive at a time; the others wait, unread, in the kernel's buffers. So a thousand clients that send
 * their largest values at once are served one after the other, and nobody has to go.
 */
import type { CutReason } from '../observe/events.ts';
import { clientsBytesMax, largeRequestMsMax, largeRequestsMax } from './limits.ts';
import { QueueingTurn } from './queueing-turn.ts';

/** A connection, as far as its memory goes. */
export interface MemoryHolder {
  /** What it said last. */
  readonly memoryBytes: number;
  /** It may go on with its large request. */
  admitted(): void;
  evict(reason: CutReason, why: string): void;
}

export class ClientMemory {
  /** Shared as the memory is. */
  readonly queueing = new QueueingTurn();
  readonly #holders = new Set<MemoryHolder>();
  /** Whose large request is arriving, and since when. */
  readonly #arriving = new Map<MemoryHolder, number>();
  readonly #waiting = new Set<MemoryHolder>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  add(holder: MemoryHolder): void {
    this.#holders.add(holder);
  }

  remove(holder: MemoryHolder): void {
    if (!this.#holders.delete(holder)) return;
    this.#bytes -= holder.memoryBytes;
    this.#waiting.delete(holder);
    this.endLarge(holder);
  }

  /** The holder's bytes have changed by so many. */
  changed(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > clientsBytesMax && this.#evictLargest());
  }

  /** True when the holder may take in a large request now; else it is told when it may. */
  beginLarge(holder: MemoryHolder): boolean {
    if (this.#arriving.size < largeRequestsMax) {
      this.#arriving.set(holder, performance.now());
      return true;
    }
    this.#waiting.add(holder);
    this.#watch();
    return false;
  }

  endLarge(holder: MemoryHolder): void {
    if (!this.#arriving.delete(holder)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#arriving.set(next, performance.now());
    next.admitted();
  }

  #evictLargest(): boolean {
    let largest: MemoryHolder | undefined;
    for (const holder of this.#holders) {
      if (holder.memoryBytes > (largest?.memoryBytes ?? 0)) largest = holder;
    }
    if (largest === undefined) return false;
    largest.evict(
      'memory',
      `all clients together hold more than ${clientsBytesMax} bytes, and this one most of them`,
    );
    this.remove(largest);
    return true;
  }

  /** While somebody waits, who takes too long with a large request goes. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const oldestMs = Math.min(...this.#arriving.values());
    const leftMs = Math.max(0, oldestMs + largeRequestMsMax - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const lateMs = performance.now() - largeRequestMsMax;
      for (const [holder, sinceMs] of this.#arriving) {
        if (this.#waiting.size === 0 || sinceMs > lateMs) continue;
        holder.evict(
          'large-request',
          `its request takes more than ${largeRequestMsMax} ms to arrive, and others wait`,
        );
        this.remove(holder);
      }
      if (this.#waiting.size > 0) this.#watch();
    }, leftMs);
    this.#timer.unref();
  }
}

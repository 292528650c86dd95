/**
 * The leader's lease, by which it answers reads without a round (T29, T30). It is not the leader's belief but the
 * acceptors' word: who answers a heartbeat that asks for a lease promises nobody else anything, and would not when asked
 * around, for so long after it received that heartbeat. The leader counts from when it sent it, which is earlier, and
 * less than the whole of it, since no two clocks run alike. While a quorum's words hold no other leader can come to be.
 */
import type { ReplicaId, Slot } from './ballot.ts';
import type { Progress } from './progress.ts';
import type { Rulings } from './rulings.ts';

/**
 * The part of a lease that its holder does not use. Safe while the rates of two clocks differ by less than a fifth; those
 * of real machines differ by some 0.01 %, of badly throttled virtual ones by a few per cent.
 */
export const LEASE_DRIFT_SHARE = 0.2;

/** The leader's side, for one ballot. */
export class LeaseTerm {
  readonly #durationMs: number;
  readonly #usableMs: number;
  /** When the heartbeats that asked for it were sent, by round, the oldest first; those of one lease length. */
  readonly #sentAtMs = new Map<number, number>();
  #ended = false;

  /** `durationMs` 0: this leader asks for none. */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
    this.#usableMs = durationMs * (1 - LEASE_DRIFT_SHARE);
  }

  /** What heartbeats ask for. */
  get askedMs(): number {
    return this.#ended ? 0 : this.#durationMs;
  }

  /** For good: who was told to campaign may do so at any later time, and no lease of this ballot stops it. */
  end(): void {
    this.#ended = true;
  }

  noteSent(round: number, nowMs: number): void {
    if (this.askedMs === 0) return;
    for (const [old, sentAtMs] of this.#sentAtMs) {
      if (nowMs - sentAtMs <= this.#durationMs) break;
      this.#sentAtMs.delete(old);
    }
    this.#sentAtMs.set(round, nowMs);
  }

  noteGranted(progress: Progress, round: number): void {
    const sentAtMs = this.#sentAtMs.get(round) ?? Number.NEGATIVE_INFINITY;
    if (sentAtMs > progress.leaseSentAtMs) progress.leaseSentAtMs = sentAtMs;
  }

  /** Whether nobody can have been promised anything by a quorum of those who could elect another leader (LeaseIsKept). */
  isValid(
    nowMs: number,
    self: ReplicaId,
    progress: Iterable<Progress>,
    rulings: Rulings,
    chosen: Slot,
  ): boolean {
    if (this.askedMs === 0) return false;
    // This replica itself promises nobody else anything without ending its leadership.
    const granted = new Set<ReplicaId>([self]);
    for (const each of progress) {
      if (nowMs - each.leaseSentAtMs < this.#usableMs) granted.add(each.id);
    }
    return rulings.isQuorumFrom(chosen + 1, granted);
  }
}

/** The acceptor's side: the word that it has given to the leader of the ballot that it has promised. */
export class LeaseGrant {
  readonly #durationMsMax: number;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(durationMsMax: number) {
    this.#durationMsMax = durationMsMax;
  }

  /** What was granted before a restart is forgotten: it may have been a whole lease, a moment ago (T30). */
  waitOnce(nowMs: number): void {
    this.#untilMs = nowMs + this.#durationMsMax;
  }

  /** False for one that is longer than what a restart waits for. */
  grant(durationMs: number, nowMs: number): boolean {
    if (durationMs === 0 || durationMs > this.#durationMsMax) return false;
    this.#untilMs = Math.max(this.#untilMs, nowMs + durationMs);
    return true;
  }

  holds(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  /** A higher ballot is promised, or spoke: the lease of the lower one is over. */
  end(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }
}

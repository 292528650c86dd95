/**
 * What a replica owes the leader that it hears: nobody else is encouraged while the leader was heard lately, and nobody
 * else is promised anything while a lease holds that was granted to it.
 */
import { type Ballot, sameBallot } from './ballot.ts';
import { LeaseGrant } from './lease.ts';
import type { Timing } from './timing.ts';

export class Loyalty {
  readonly #timing: Timing;
  readonly #lease: LeaseGrant;
  /** When the present leader was last heard of. */
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#lease = new LeaseGrant(timing.leaseMs);
  }

  /** The process has started, with a promise on its disk: what it had granted it does not know (T30). */
  start(nowMs: number, promised: Ballot): void {
    if (promised.round > 0) this.#lease.waitOnce(nowMs);
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** The link to the leader broke. Its lease holds all the same. */
  lost(): void {
    this.#heardAtMs = Number.NEGATIVE_INFINITY;
  }

  /** False when no lease was asked for. */
  grant(leaseMs: number, nowMs: number): boolean {
    return this.#lease.grant(leaseMs, nowMs);
  }

  /** A higher ballot than the lease's is promised. */
  end(): void {
    this.#lease.end();
  }

  /** When this replica may campaign again itself; in the past when it may. */
  get boundUntilMs(): number {
    return this.#lease.untilMs;
  }

  /** Nobody campaigns against a leader who is heard (T32), or has a lease. */
  discourages(nowMs: number): boolean {
    return nowMs - this.#heardAtMs < this.#timing.electionMinMs || this.#lease.holds(nowMs);
  }

  /**
   * True while the lease forbids to promise a higher ballot (invariant LeaseIsKept). The lease is of the promised ballot;
   * whoever its leader told to campaign is exempt, and nobody else.
   */
  forbids(nowMs: number, promised: Ballot, handedOver: Ballot): boolean {
    return this.#lease.holds(nowMs) && !sameBallot(handedOver, promised);
  }
}

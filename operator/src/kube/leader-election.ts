/**
 * One active process out of several, by a Lease.
 *
 * No clock of another machine is ever believed: a follower takes the lease only when it has watched it stay
 * unchanged, by its own clock, for as long as the holder promised to renew it within. The holder gives up
 * earlier than that: it counts from *before* its last successful renewal was sent, and when that is
 * `renewDeadlineMs` ago it has lost, and its process must end. After a clean stop the lease is nobody's, and
 * the next process need not wait.
 */
import assert from 'node:assert/strict';
import { jittered } from './backoff.ts';
import { LEASE } from './builtin-kinds.ts';
import { AlreadyExists, Conflict, KubeError, NotFound } from './failures.ts';
import { pause } from './interruption.ts';
import type { KubeApi } from './kube-api.ts';
import type { Live, ObjectName } from './kube-object.ts';
import {
  holderOf,
  type LeaseObject,
  newLease,
  promisedMs,
  released,
  renewed,
  taken,
} from './lease-record.ts';
import type { RuntimeObserver } from './runtime-event.ts';

export interface LeaseTiming {
  /** Whole seconds: the form in which a Lease says it. */
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  /** Between two renewals, or two looks. */
  readonly retryMs: number;
}

/** controller-runtime's: a dead leader is replaced within 15 s, and what a follower's look is late by (2.4 s). */
export const LEASE_TIMING: LeaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** For the `KubeApi` of an election: time for a second try before the deadline when a first one hangs. */
export const LEASE_REQUEST_TIMEOUT_MS = 4_000;

export interface LeaderElectionOptions {
  /** Must be allowed to write without leading, and give up on a request well before the renew deadline. */
  readonly api: KubeApi;
  readonly lease: ObjectName;
  /** Different for each process that ever takes part, a restarted one included. */
  readonly identity: string;
  /** Called once if leadership is lost: end the process, since anything under way is not ours any more. */
  readonly onLost: (reason: string) => void;
  readonly observer: RuntimeObserver;
  readonly timing?: LeaseTiming;
}

/** A record as it was when we first saw it. */
interface Observed {
  readonly lease: Live<LeaseObject>;
  readonly sinceMs: number;
}

export class LeaderElection {
  readonly #api: KubeApi;
  readonly #lease: ObjectName;
  readonly #identity: string;
  readonly #onLost: (reason: string) => void;
  readonly #observer: RuntimeObserver;
  readonly #timing: LeaseTiming;

  readonly #stop = new AbortController();
  readonly #acquired = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #observed: Observed | undefined;
  #followed: string | undefined;
  #state: 'following' | 'leading' | 'ended' = 'following';
  /** From when the last successful renewal counts. */
  #renewedMs = -Infinity;

  constructor(options: LeaderElectionOptions) {
    const { leaseMs, renewDeadlineMs, retryMs } = options.timing ?? LEASE_TIMING;
    assert(leaseMs % 1_000 === 0 && renewDeadlineMs < leaseMs && retryMs < renewDeadlineMs);
    this.#api = options.api;
    this.#lease = options.lease;
    this.#identity = options.identity;
    this.#onLost = options.onLost;
    this.#observer = options.observer;
    this.#timing = { leaseMs, renewDeadlineMs, retryMs };
  }

  /**
   * Whether this process may act as the leader at this moment; false also in a process that wakes from a
   * pause, before any of its timers has fired.
   */
  get leads(): boolean {
    return this.#state === 'leading' && this.#sinceRenewalMs() < this.#timing.renewDeadlineMs;
  }

  get name(): string {
    return this.#lease.name;
  }

  /** Resolves when this process leads; never if it is stopped before. */
  async acquired(): Promise<void> {
    await this.#acquired.promise;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives the lease back, if it is ours. To be called when nothing that needs leadership runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (this.#state === 'leading') await this.#release();
    this.#state = 'ended';
  }

  async #run(): Promise<void> {
    await this.#follow();
    if (this.#stop.signal.aborted) return;
    this.#tell('leading', `as ${this.#identity}`);
    this.#acquired.resolve();
    await this.#lead();
  }

  /** Returns when the lease is ours, or when stopped. */
  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const sentMs = performance.now();
      try {
        const lease = await this.#tryToTake();
        if (lease !== undefined) {
          this.#hold(lease, sentMs);
          return;
        }
      } catch (error) {
        this.#tolerate(error);
      }
      await pause(this.#nextLookMs(), this.#stop.signal);
    }
  }

  /** The lease, if it is ours now. */
  async #tryToTake(): Promise<Live<LeaseObject> | undefined> {
    const { leaseMs } = this.#timing;
    const lease = await this.#api.find<LeaseObject>(LEASE, this.#lease);
    if (lease === undefined) {
      return await this.#api.create(LEASE, newLease(this.#lease, this.#identity, leaseMs));
    }
    this.#observe(lease);
    const holder = holderOf(lease);
    if (holder !== undefined && holder !== this.#identity && this.#untilExpiryMs() > 0) {
      if (holder !== this.#followed) this.#tell('following', holder);
      this.#followed = holder;
      return undefined;
    }
    return await this.#api.replace(LEASE, taken(lease, this.#identity, leaseMs));
  }

  /** Renews until stopped or lost. */
  async #lead(): Promise<void> {
    const { renewDeadlineMs, retryMs } = this.#timing;
    while (!this.#stop.signal.aborted) {
      // A renewal that hangs must not hide that the deadline passes.
      const deadline = setTimeout(
        () => this.#lose(`not renewed for ${renewDeadlineMs} ms`),
        Math.max(0, renewDeadlineMs - this.#sinceRenewalMs()),
      );
      await this.#renew();
      if (this.#state === 'leading') await pause(jittered(retryMs, 0.2), this.#stop.signal);
      clearTimeout(deadline);
      if (this.#state !== 'leading') return;
    }
  }

  async #renew(): Promise<void> {
    const sentMs = performance.now();
    try {
      const known = this.#observed?.lease;
      assert(known !== undefined, 'who leads has seen the lease');
      const lease = await this.#api.replace(LEASE, renewed(known));
      // An answer that comes after the deadline does not bring leadership back: others may count on its end.
      if (this.#sinceRenewalMs() >= this.#timing.renewDeadlineMs) this.#lose('renewed too late');
      else if (this.#state === 'leading') this.#hold(lease, sentMs);
    } catch (error) {
      if (error instanceof Conflict || error instanceof NotFound) await this.#lookAgain();
      else this.#tolerate(error);
    }
  }

  /** Somebody has changed the lease, or our own renewal arrived and its answer did not. */
  async #lookAgain(): Promise<void> {
    try {
      const lease = await this.#api.get<LeaseObject>(LEASE, this.#lease);
      this.#observe(lease);
      const holder = holderOf(lease);
      if (holder !== this.#identity) this.#lose(`taken by ${holder ?? 'nobody'}`);
    } catch (error) {
      if (error instanceof NotFound) this.#lose('deleted');
      else this.#tolerate(error);
    }
  }

  async #release(): Promise<void> {
    try {
      const lease = this.#observed?.lease;
      assert(lease !== undefined, 'who leads has seen the lease');
      await this.#api.replace(LEASE, released(lease));
      this.#tell('released', this.#identity);
    } catch (error) {
      // It is left to expire.
      this.#tolerate(error);
    }
  }

  #hold(lease: Live<LeaseObject>, sentMs: number): void {
    this.#observe(lease);
    this.#renewedMs = sentMs;
    this.#state = 'leading';
  }

  #lose(reason: string): void {
    if (this.#state !== 'leading') return;
    this.#state = 'ended';
    this.#stop.abort();
    this.#tell('lost', reason);
    this.#onLost(reason);
  }

  /** A lease that differs in anything has been renewed just now, as far as we can tell. */
  #observe(lease: Live<LeaseObject>): void {
    if (this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#observed = { lease, sinceMs: performance.now() };
  }

  #untilExpiryMs(): number {
    if (this.#observed === undefined) return Infinity;
    const { lease, sinceMs } = this.#observed;
    return sinceMs + (promisedMs(lease) ?? this.#timing.leaseMs) - performance.now();
  }

  /** The next look is no later than the lease's end: that is what a takeover waits for. */
  #nextLookMs(): number {
    const usualMs = jittered(this.#timing.retryMs, 0.2);
    const untilExpiryMs = this.#untilExpiryMs();
    return untilExpiryMs > 0 ? Math.min(usualMs, untilExpiryMs + 1) : usualMs;
  }

  #sinceRenewalMs(): number {
    return performance.now() - this.#renewedMs;
  }

  #tolerate(error: unknown): void {
    if (!(error instanceof KubeError)) throw error;
    // Another candidate was faster: that is what the lease is for.
    if (error instanceof AlreadyExists || error instanceof Conflict) return;
    this.#observer({ kind: 'leaseFailed', lease: this.name, error });
  }

  #tell(state: 'following' | 'leading' | 'released' | 'lost', detail: string): void {
    this.#observer({ kind: 'leadership', lease: this.name, state, detail });
  }
}

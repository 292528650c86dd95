/**
 * Hands what the doors have gathered to the leadership under way: proposes it here, or forwards it to
 * the leader. Segments go only to a leadership whose first batch is applied here, so that whatever was
 * given to an earlier one is settled before anything new is sent (see `applier.ts`).
 */
import { encodeBatch } from '../codec/batch.ts';
import type { Forward } from '../codec/message.ts';
import type { Observer } from '../observe/events.ts';
import { type Ballot, type ReplicaId, sameBallot, type Slot } from '../paxos/ballot.ts';
import type { Leader } from '../paxos/leader.ts';
import type { Event } from '../paxos/message.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { AppliedBatch, Applier } from './applier.ts';
import { GROWTH_VERSION, GrowthProposals } from './growth-proposals.ts';
import { Intake } from './intake.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_EAGER_BYTES,
  BATCH_WORK_MAX,
  BATCHES_IN_FLIGHT_MAX,
  FORWARD_REPEAT_BYTES,
  FORWARDED_BYTES_MAX,
  FORWARD_REPEAT_MS,
} from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { Probe } from './probe.ts';
import type { Clock } from './replica-options.ts';
import type { Pending, Requests } from './requests.ts';

export interface ProposerOptions {
  readonly self: ReplicaId;
  readonly clock: Clock;
  readonly observe: Observer;
  /** `BATCH_EAGER_BYTES` unless given: the simulator's batches are small, and shall fill the pipeline too. */
  readonly batchEagerBytes?: number;
  /** See `GrowthProposals`. */
  readonly dataQuotaBytes?: number | undefined;
  /** For traces; undefined: nobody looks. */
  readonly probe?: Probe | undefined;
}

/** What the log can take. */
export interface LogSpace {
  /** There is no space for a further segment: what makes the data larger has to wait. */
  readonly full: boolean;
  /** Nothing more may be proposed. */
  readonly exhausted: boolean;
}

export class Proposer {
  readonly #core: Paxos;
  readonly #applier: Applier;
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #options: ProposerOptions;
  readonly #intake = new Intake();
  readonly #growth: GrowthProposals;
  readonly #eagerBytes: number;
  #diskFull = false;
  /** The leadership whose first batch has been proposed here. */
  #opened: Leader | undefined;
  #batchNumber = 0;
  #stampMs = 0;
  #ownFirst = false;
  /** When each slot in flight was proposed here. */
  readonly #proposedAtMs = new Map<Slot, number>();

  constructor(core: Paxos, applier: Applier, requests: Requests, outbox: Outbox, options: ProposerOptions) {
    this.#core = core;
    this.#applier = applier;
    this.#requests = requests;
    this.#outbox = outbox;
    this.#options = options;
    this.#growth = new GrowthProposals(options.dataQuotaBytes);
    this.#eagerBytes = options.batchEagerBytes ?? BATCH_EAGER_BYTES;
  }

  /** A follower's door has sent a segment. */
  offer(forward: Forward): void {
    this.#intake.offer(forward);
  }

  submit(space: LogSpace, step: (event: Event) => void): void {
    this.#diskFull = space.full;
    const leadership = this.#core.leadership;
    if (leadership === undefined) this.#forward();
    else this.#propose(leadership, !space.exhausted, step);
    this.#options.probe?.(this.#core);
  }

  noteApplied(slot: Slot, batch: AppliedBatch, nowMs: number): void {
    const proposedAtMs = this.#proposedAtMs.get(slot);
    if (proposedAtMs === undefined) return;
    this.#proposedAtMs.delete(slot);
    const durationMs = nowMs - proposedAtMs;
    this.#options.observe({ kind: 'roundDone', slot, durationMs, commands: batch.commands });
  }

  /** The link to the leader is up again: what may have been lost with the old one is sent once more. */
  resend(): void {
    const ballot = this.#core.acceptor.promised;
    const leader = this.#core.leader;
    const first = this.#requests.firstSubmitted(ballot);
    if (first === undefined || leader === undefined || leader === this.#options.self) return;
    const nowMs = this.#options.clock.nowMs();
    for (const pending of this.#requests.submittedSegments(FORWARD_REPEAT_BYTES)) {
      pending.sentAtMs = nowMs;
      if (!this.#sendForward(leader, ballot, first.first, pending)) return;
    }
  }

  #propose(leadership: Leader, mayWrite: boolean, step: (event: Event) => void): void {
    if (this.#opened !== leadership) {
      if (!leadership.roomToPropose) return;
      this.#opened = leadership;
      this.#batchNumber = 0;
      this.#intake.begin(leadership.ballot);
      this.#growth.begin();
      this.#proposedAtMs.clear();
      // The first batch of a leadership carries no commands: it opens the ballot for everybody's doors,
      // holds reads back until it is chosen, and lets keys expire whose time came without a leader.
      this.#proposeBatch(leadership, [], true, step);
      return;
    }
    if (!mayWrite || !sameBallot(this.#applier.epoch, leadership.ballot)) return;
    while (this.#mayProposeMore(leadership)) {
      const { segments, urgent } = this.#gather(leadership);
      this.#proposeBatch(leadership, segments, urgent, step);
    }
  }

  /**
   * The segments of the next batch: this replica's own and those of followers, in turns first, so that
   * neither starves the other. A segment may be larger than a batch should be, but no two such go together.
   */
  #gather(leadership: Leader): { readonly segments: Uint8Array[]; readonly urgent: boolean } {
    this.#ownFirst = !this.#ownFirst;
    const segments: Uint8Array[] = [];
    let bytesLeft = BATCH_BYTES_MAX;
    let workLeft = BATCH_WORK_MAX;
    let urgent = false;
    for (const own of [this.#ownFirst, !this.#ownFirst]) {
      if (bytesLeft <= 0 || workLeft <= 0) break;
      const taken = own
        ? this.#requests.submit(leadership.ballot, bytesLeft, this.#options.clock.nowMs(), workLeft)
        : this.#intake.take(bytesLeft, workLeft);
      // A follower's clients wait for the news that it is chosen: it does not wait for the next batch.
      if (!own && taken.length > 0) urgent = true;
      for (const segment of taken) {
        segments.push(segment.bytes);
        bytesLeft -= segment.bytes.length;
        workLeft -= segment.work;
      }
    }
    return { segments, urgent };
  }

  #mayProposeMore(leadership: Leader): boolean {
    if (!leadership.roomToPropose) return false;
    const inFlight = leadership.last - this.#core.chosen;
    if (inFlight === 0) {
      if (this.#intake.bytes > 0 || this.#requests.hasUnsubmitted || this.#growthIsDue()) return true;
      // What is chosen and not applied may let the same keys expire.
      return this.#applier.applied === this.#core.chosen && this.#expiryIsDue(leadership);
    }
    if (inFlight >= BATCHES_IN_FLIGHT_MAX) return false;
    return this.#intake.bytes + this.#requests.unsubmittedBytes >= this.#eagerBytes;
  }

  #proposeBatch(
    leadership: Leader,
    segments: readonly Uint8Array[],
    urgent: boolean,
    step: (event: Event) => void,
  ): void {
    const expire = this.#expiryIsDue(leadership);
    this.#stampMs = this.#stamp(leadership);
    this.#batchNumber += 1;
    const header = { tag: leadership.ballot, stampMs: this.#stampMs, number: this.#batchNumber, expire };
    // Never in a leadership's first batch, which is empty: what is agreed on may not be applied here yet.
    const sets = this.#batchNumber > 1 && this.#growthIsDue();
    const bytes = encodeBatch(header, sets ? [this.#growthSegment(leadership), ...segments] : segments);
    this.#proposedAtMs.set(leadership.last + 1, this.#options.clock.nowMs());
    step({ kind: 'propose', value: { kind: 'commands', bytes }, urgent });
  }

  #growthIsDue(): boolean {
    const { store, applied } = this.#applier;
    if (this.#core.acceptor.rulings.version < GROWTH_VERSION) return false;
    return this.#growth.isDue(applied, store.growth, this.#diskFull);
  }

  #growthSegment(leadership: Leader): Uint8Array {
    return this.#growth.segment(leadership.last + 1, this.#applier.store.growth, this.#diskFull);
  }

  #stamp(leadership: Leader): number {
    const clock = this.#options.clock;
    const reached = leadership.stampMs(clock.nowMs(), Math.floor(clock.clockMs()));
    return Math.max(this.#stampMs, this.#applier.stampMs, reached);
  }

  #expiryIsDue(leadership: Leader): boolean {
    const deadlineMs = this.#applier.store.earliestDeadlineMs();
    return deadlineMs !== undefined && deadlineMs <= this.#stamp(leadership);
  }

  #forward(): void {
    const leader = this.#core.leader;
    const ballot = this.#core.acceptor.promised;
    if (leader === undefined || !sameBallot(this.#applier.epoch, ballot)) return;
    const nowMs = this.#options.clock.nowMs();
    const oldest = this.#requests.firstSubmitted(ballot);
    if (oldest !== undefined && nowMs - oldest.sentAtMs >= FORWARD_REPEAT_MS) this.resend();
    if (!this.#requests.hasUnsubmitted || this.#requests.submittedBytes > FORWARDED_BYTES_MAX) return;
    const segments = this.#requests.submit(ballot, BATCH_BYTES_MAX, nowMs);
    const first = this.#requests.firstSubmitted(ballot);
    if (first === undefined) return;
    for (const pending of segments) {
      // What does not get through is sent again after FORWARD_REPEAT_MS.
      if (!this.#sendForward(leader, ballot, first.first, pending)) return;
    }
  }

  #sendForward(leader: ReplicaId, ballot: Ballot, firstOfBallot: number, pending: Pending): boolean {
    return this.#outbox.send(leader, { kind: 'forward', ballot, firstOfBallot, segment: pending.bytes });
  }
}

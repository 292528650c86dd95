/**
 * Phase 2: one leadership, from the promises of a quorum until it ends. Proposals are pipelined: up
 * to alpha slots are in flight, streamed to each member in slot order.
 */
import assert from 'node:assert/strict';
import type { Acceptor } from './acceptor.ts';
import { type Ballot, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import { type Configuration, quorumMark } from './configuration.ts';
import { type Entry, NOOP, type Value } from './entry.ts';
import { LeaseTerm } from './lease.ts';
import type { Accepted, HeartbeatReply } from './message.ts';
import { ownVote } from './own-vote.ts';
import { newProgress, type Progress } from './progress.ts';
import { heardSince, quorumClockMs, quorumHeardAtMs } from './quorum-times.ts';
import { ReadRounds } from './read-rounds.ts';
import type { StepBuilder } from './step.ts';
import { Stream } from './stream.ts';
import type { Timing } from './timing.ts';
import { type Transfer, TRANSFER_MS_MAX } from './transfer.ts';
import { SINCE } from './version.ts';

/** The first slot that the first configuration rules: it stands in slot 1. */
const FIRST_RULED: Slot = 2;

export interface LeaderOptions {
  readonly self: ReplicaId;
  readonly timing: Timing;
  /** It asks for a lease, and answers reads without a round while that holds. */
  readonly lease: boolean;
}

export class Leader {
  readonly kind = 'leading';
  readonly ballot: Ballot;
  readonly reads = new ReadRounds();
  readonly #self: ReplicaId;
  readonly #acceptor: Acceptor;
  readonly #timing: Timing;
  readonly #stream: Stream;
  readonly #own: Progress;
  /** Values that phase 1 found and that wait for room in the window, in slot order. */
  #recovered: Value[];
  /** The last slot proposed. */
  #last: Slot;
  /** The slot of the first value of this leadership's own: reads wait until it is chosen (T9). */
  #barrier: Slot = 0;
  #round = 0;
  #announced: Slot = 0;
  #announceAt: Slot = 0;
  #heartbeatAtMs = 0;
  /**
   * Slots up to here that nothing else takes get a no-op. Alpha of them make the newest configuration rule, the next alpha
   * prove to a quorum of it that all before is chosen, so that its predecessor is needed no more (QuorumTakesOver).
   */
  #fillThrough: Slot;
  #transfer: Transfer | undefined;
  /** This replica votes no more, and has offered the lead to another. */
  #handedOver = false;
  /** It has, and nobody took it in time. */
  #isOver = false;
  readonly #lease: LeaseTerm;
  /** When the own disk last told of progress, or had nothing left to write. */
  #ownMarkAtMs: number;
  #superseded = false;

  constructor(
    { self, timing, lease }: LeaderOptions,
    ballot: Ballot,
    recovered: readonly Value[],
    acceptor: Acceptor,
    nowMs: number,
  ) {
    this.#self = self;
    this.ballot = ballot;
    this.#acceptor = acceptor;
    this.#timing = timing;
    this.#recovered = [...recovered];
    this.#last = acceptor.chosen;
    this.#ownMarkAtMs = nowMs;
    this.#lease = new LeaseTerm(lease && acceptor.rulings.version >= SINCE.leases ? timing.leaseMs : 0);
    const { latestFrom, alpha } = acceptor.rulings.withValues(acceptor.chosen, recovered);
    // Nobody ruled before the first configuration, whose founder alone is asked until others have it.
    this.#fillThrough = latestFrom === FIRST_RULED ? 0 : latestFrom + alpha - 1;
    this.#own = newProgress(self, nowMs, timing.repeatMs);
    this.#own.mark = acceptor.chosen;
    this.#stream = new Stream(self, ballot, acceptor, timing, nowMs);
  }

  get last(): Slot {
    return this.#last;
  }

  get barrierChosen(): boolean {
    return this.#barrier > 0 && this.#acceptor.chosen >= this.#barrier;
  }

  /** True when a proposal of the leadership's own may be made now. */
  get roomToPropose(): boolean {
    return this.#recovered.length === 0 && this.#transfer === undefined && this.#roomInWindow();
  }

  /** A configuration is proposed, or was found, whose predecessor is still needed. */
  get changeUnderWay(): boolean {
    return this.#fillThrough > this.#acceptor.chosen;
  }

  /** When this slot is chosen the newest change is complete. */
  get settledBy(): Slot {
    return this.#fillThrough;
  }

  /** True when the members may be changed: no other change is under way, and this ballot has chosen (T45). */
  get mayConfigure(): boolean {
    return this.roomToPropose && this.barrierChosen && !this.changeUnderWay;
  }

  get mayTransfer(): boolean {
    return this.barrierChosen && this.#transfer === undefined && !this.changeUnderWay;
  }

  /** To whom the lead is being handed. */
  get successor(): ReplicaId | undefined {
    return this.#transfer?.to;
  }

  progressOf(id: ReplicaId): Progress | undefined {
    return this.#stream.progress.get(id);
  }

  /** Re-proposes what phase 1 found, as far as the window allows, in this ballot (T8). */
  proposeRecovered(nowMs: number, out: StepBuilder): void {
    while (this.#recovered.length > 0 && this.#roomInWindow()) {
      const value = this.#recovered.shift();
      assert(value !== undefined);
      this.#propose(value, nowMs, out);
    }
  }

  proposeOwn(value: Value, urgent: boolean, nowMs: number, out: StepBuilder): Slot {
    assert(this.roomToPropose, 'AlphaWindow: nothing is proposed beyond the chosen mark + alpha');
    const slot = this.#propose(value, nowMs, out);
    if (this.#barrier === 0) this.#barrier = slot;
    if (urgent) this.#announceAt = slot;
    this.#fill(nowMs, out);
    return slot;
  }

  /** Proposes other members, who rule from the returned slot + alpha on. */
  configure(configuration: Configuration, nowMs: number, out: StepBuilder): Slot {
    const { alpha } = this.#acceptor.rulings;
    assert(this.mayConfigure, 'OneChange: one change of the members at a time, by a leader that has chosen');
    assert(configuration.alpha === alpha, 'AlphaFixed: alpha never changes');
    const slot = this.#propose({ kind: 'configuration', configuration }, nowMs, out);
    this.#fillThrough = slot + 2 * alpha - 1;
    this.#fill(nowMs, out);
    return slot;
  }

  /** Proposes nothing more until `to` leads or has had its time. */
  startTransfer(to: ReplicaId, nowMs: number, out: StepBuilder): void {
    assert(
      this.mayTransfer && this.#stream.progress.has(to),
      'OneTransfer: the lead is handed to one member at a time',
    );
    this.#transfer = { to, untilMs: nowMs + TRANSFER_MS_MAX, told: false };
    this.#reviewTransfer(nowMs, out);
  }

  /** A member's vote, this replica's own among them. */
  onAccepted(from: ReplicaId, message: Accepted, nowMs: number, out: StepBuilder): void {
    assert(sameBallot(message.ballot, this.ballot));
    const progress = this.#heard(from, message, nowMs);
    if (progress === undefined) return;
    this.#noteMark(progress, message.mark, nowMs);
    if (message.gap && nowMs - progress.advancedAtMs >= this.#timing.heartbeatMs)
      this.#stream.rewind(progress, nowMs);
    this.#advanceChosen(nowMs, out);
    this.#stream.send(progress, this.#last, out);
    this.#reviewTransfer(nowMs, out);
  }

  onHeartbeatReply(from: ReplicaId, message: HeartbeatReply, nowMs: number, out: StepBuilder): void {
    const progress = this.#heard(from, message, nowMs);
    if (progress === undefined) return;
    progress.round = Math.max(progress.round, message.round);
    if (message.leaseGranted) this.#lease.noteGranted(progress, message.round);
    this.#noteMark(progress, message.mark, nowMs);
    if (!progress.streaming || message.mark + 1 < this.#stream.from) this.#stream.rewind(progress, nowMs);
    this.#advanceChosen(nowMs, out);
    this.#stream.send(progress, this.#last, out);
    this.#finishReads(nowMs, out);
  }

  /** Starts a quorum round for the reads that have gathered, unless one is under way (T31). */
  startReadRound(nowMs: number, out: StepBuilder): void {
    if (!this.barrierChosen || !this.reads.wantsRound) return;
    if (this.#leaseIsValid(nowMs)) {
      this.reads.answerAll(this.#acceptor.chosen, out);
      return;
    }
    this.#round += 1;
    this.reads.begin(this.#round, this.#acceptor.chosen);
    this.#sendHeartbeats(nowMs, out);
    this.#finishReads(nowMs, out);
  }

  onTick(nowMs: number, out: StepBuilder): void {
    this.#reviewTransfer(nowMs, out);
    this.#handOverIfRemoved(nowMs, out);
    this.#stream.onTick(this.#last, nowMs, out);
    const unannounced = this.#announced < this.#acceptor.chosen;
    if (nowMs - this.#heartbeatAtMs >= this.#timing.heartbeatMs || unannounced) {
      this.#round += 1;
      this.#sendHeartbeats(nowMs, out);
    }
  }

  onLinkUp(peer: ReplicaId, nowMs: number, out: StepBuilder): void {
    if (!this.#stream.onLinkUp(peer)) return;
    this.#round += 1;
    this.#sendHeartbeats(nowMs, out);
  }

  onLinkDown(peer: ReplicaId): void {
    this.#stream.onLinkDown(peer);
    // It would hold up everybody's requests in vain. One that has been told already may lead all the same.
    if (this.#transfer?.to === peer) this.#transfer = undefined;
  }

  /**
   * The stamp that a batch may carry: this replica's clock, but no later than what the clocks of a
   * quorum have reached by their replies, so that one clock that runs ahead expires nothing.
   */
  stampMs(nowMs: number, clockMs: number): number {
    const configuration = this.#acceptor.rulings.at(this.#last + 1);
    const own = { id: this.#self, clockMs };
    return Math.min(clockMs, quorumClockMs(configuration, own, this.#stream.progress, nowMs));
  }

  /** When a quorum had answered last: the latest time at which nobody else can have led without their help. */
  quorumHeardAtMs(nowMs: number): number {
    const configuration = this.#acceptor.rulings.at(this.#acceptor.chosen + 1);
    return quorumHeardAtMs(configuration, this.#self, this.#stream.progress, nowMs);
  }

  /** True while a quorum has answered lately, nobody knows of a newer ballot, and the own disk keeps up (T34). */
  isHealthy(nowMs: number): boolean {
    const patienceMs = this.#timing.electionMaxMs;
    const heard = heardSince(this.#self, this.#stream.progress, nowMs - patienceMs);
    const diskStalls = this.#own.mark < this.#last && nowMs - this.#ownMarkAtMs > 2 * patienceMs;
    return (
      !diskStalls &&
      !this.#superseded &&
      !this.#isOver &&
      this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, heard)
    );
  }

  #roomInWindow(): boolean {
    return this.#last < this.#acceptor.chosen + this.#acceptor.rulings.alpha;
  }

  /** No-ops, as far as the window allows: for all of them one write, and few frames to each member. */
  #fill(nowMs: number, out: StepBuilder): void {
    const through = Math.min(this.#fillThrough, this.#acceptor.chosen + this.#acceptor.rulings.alpha);
    // The opening batch goes first: everybody waits for it.
    if (this.#last >= through || this.#barrier === 0 || this.#recovered.length > 0) return;
    while (this.#last < through) this.#accept(NOOP, nowMs, out);
    out.sendAfterwards(this.#self, ownVote(this.ballot, this.#last));
    this.#stream.pushAll(this.#last, nowMs, out);
  }

  /** The next slot gets `value`, in this replica's own log. */
  #accept(value: Value, nowMs: number, out: StepBuilder): Entry {
    if (this.#own.mark >= this.#last) this.#ownMarkAtMs = nowMs;
    const entry: Entry = { slot: this.#last + 1, ballot: this.ballot, value };
    this.#last = entry.slot;
    const answer = this.#acceptor.accept(entry, out);
    assert(answer === 'accepted', 'LeaderAccepts: a leader accepts its own proposals in order');
    return entry;
  }

  #propose(value: Value, nowMs: number, out: StepBuilder): Slot {
    const entry = this.#accept(value, nowMs, out);
    out.sendAfterwards(this.#self, ownVote(this.ballot, entry.slot));
    this.#stream.push(entry, nowMs, out);
    this.#announced = this.#acceptor.chosen;
    return entry.slot;
  }

  #heard(from: ReplicaId, message: Accepted | HeartbeatReply, nowMs: number): Progress | undefined {
    if (from === this.#self) {
      this.#acceptor.noteDurable(message.ballot, message.mark);
      this.#ownMarkAtMs = nowMs;
      return this.#own;
    }
    const progress = this.#stream.progress.get(from);
    if (progress === undefined) return undefined;
    progress.heardAtMs = nowMs;
    progress.clockMs = message.clockMs;
    progress.clockAtMs = nowMs;
    return progress;
  }

  #noteMark(progress: Progress, mark: Slot, nowMs: number): void {
    if (mark > this.#last + this.#recovered.length) {
      // It knows slots as chosen that this ballot never proposed: a newer one has.
      this.#superseded = true;
      return;
    }
    this.#stream.noteMark(progress, mark, nowMs);
  }

  /** The chosen mark is the highest slot that a quorum's marks of this ballot have reached. */
  #advanceChosen(nowMs: number, out: StepBuilder): void {
    const before = this.#acceptor.chosen;
    for (;;) {
      const next = this.#acceptor.chosen + 1;
      if (next > this.#last) break;
      const reached = quorumMark(this.#acceptor.rulings.at(next), this.#markOf);
      const through = Math.min(reached, this.#acceptor.rulings.lastRuledWith(next));
      if (through < next) break;
      this.#acceptor.learnChosenMark(through, out);
    }
    if (this.#acceptor.chosen === before) return;
    this.#stream.syncMembers(nowMs);
    this.proposeRecovered(nowMs, out);
    this.#fill(nowMs, out);
    if (this.#announced < this.#announceAt && this.#announceAt <= this.#acceptor.chosen) {
      this.#round += 1;
      this.#sendHeartbeats(nowMs, out);
    }
    // Fewer may be needed now: whoever was removed answers no more.
    this.#finishReads(nowMs, out);
    this.startReadRound(nowMs, out);
  }

  readonly #markOf = (id: ReplicaId): Slot =>
    id === this.#self ? this.#acceptor.durable : (this.#stream.progress.get(id)?.mark ?? 0);

  #leaseIsValid(nowMs: number): boolean {
    const { rulings, chosen } = this.#acceptor;
    return this.#lease.isValid(nowMs, this.#self, this.#stream.progress.values(), rulings, chosen);
  }

  #reviewTransfer(nowMs: number, out: StepBuilder): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    if (nowMs >= transfer.untilMs) {
      this.#transfer = undefined;
      return;
    }
    const mark = this.#stream.progress.get(transfer.to)?.mark ?? 0;
    if (transfer.told || mark < this.#last || this.#acceptor.chosen < this.#last) return;
    transfer.told = true;
    this.#lease.end();
    // First the news that all of it is chosen: the successor would have to fetch it.
    this.#round += 1;
    this.#sendHeartbeats(nowMs, out);
    out.send(transfer.to, { kind: 'campaignNow', ballot: this.ballot });
  }

  /** Who votes no more leads no longer than it takes to find a successor (T50). */
  #handOverIfRemoved(nowMs: number, out: StepBuilder): void {
    const configuration = this.#acceptor.rulings.at(this.#acceptor.chosen + 1);
    if (this.#transfer !== undefined || !this.mayTransfer) return;
    if (configuration.members.some((member) => member.voter && member.id === this.#self)) return;
    const successor = this.#handedOver ? undefined : this.#stream.mostLevel(configuration);
    this.#handedOver = true;
    if (successor === undefined) this.#isOver = true;
    else this.startTransfer(successor, nowMs, out);
  }

  #sendHeartbeats(nowMs: number, out: StepBuilder): void {
    this.#heartbeatAtMs = nowMs;
    this.#announced = this.#acceptor.chosen;
    const message = {
      kind: 'heartbeat',
      ballot: this.ballot,
      from: this.#stream.from,
      chosen: this.#acceptor.chosen,
      round: this.#round,
      leaseMs: this.#lease.askedMs,
    } as const;
    this.#lease.noteSent(this.#round, nowMs);
    for (const id of this.#stream.progress.keys()) out.send(id, message);
  }

  #finishReads(nowMs: number, out: StepBuilder): void {
    const round = this.reads.roundUnderWay;
    if (round === undefined) return;
    const answered = new Set<ReplicaId>([this.#self]);
    for (const progress of this.#stream.progress.values()) {
      if (progress.round >= round) answered.add(progress.id);
    }
    if (!this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, answered)) return;
    this.reads.finish(out);
    this.startReadRound(nowMs, out);
  }
}

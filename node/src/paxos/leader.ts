/**
 * Phase 2: one leadership, from the promises of a quorum until it ends. Proposals are pipelined: up
 * to alpha slots are in flight, streamed to each member in slot order.
 */
import assert from 'node:assert/strict';
import type { Acceptor } from './acceptor.ts';
import { type Ballot, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import { quorumMark } from './configuration.ts';
import { type Entry, type Value, valueBytes } from './entry.ts';
import type { Accept, Accepted, HeartbeatReply } from './message.ts';
import { newProgress, type Progress } from './progress.ts';
import { ReadRounds } from './read-rounds.ts';
import type { StepBuilder } from './step.ts';
import type { Timing } from './timing.ts';

/**
 * Slots sent to one member and not yet answered, at most. It keeps a slow member's queue short; the
 * stream goes on as answers come. Enough to hide a round trip of 50 ms at a thousand slots a second.
 */
const UNANSWERED_SLOTS_MAX = 64;

/** What is sent again goes in few frames, so that it arrives together or not at all. */
const ACCEPT_BYTES_MAX = 1024 * 1024;

/** The stream to a member that does not advance is repeated less and less often, down to this. */
const REPEAT_MS_MAX = 5_000;

export class Leader {
  readonly kind = 'leading';
  readonly ballot: Ballot;
  readonly reads = new ReadRounds();
  readonly #self: ReplicaId;
  readonly #acceptor: Acceptor;
  readonly #timing: Timing;
  readonly #progress = new Map<ReplicaId, Progress>();
  readonly #own: Progress;
  /** The first slot of this ballot: older entries in the window are of other ballots. */
  readonly #first: Slot;
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
  /** When the own disk last told of progress, or had nothing left to write. */
  #ownMarkAtMs: number;
  #superseded = false;

  constructor(
    self: ReplicaId,
    ballot: Ballot,
    recovered: readonly Value[],
    acceptor: Acceptor,
    timing: Timing,
    nowMs: number,
  ) {
    this.#self = self;
    this.ballot = ballot;
    this.#acceptor = acceptor;
    this.#timing = timing;
    this.#recovered = [...recovered];
    this.#last = acceptor.chosen;
    this.#first = acceptor.chosen + 1;
    this.#ownMarkAtMs = nowMs;
    this.#own = newProgress(self, nowMs, timing.repeatMs);
    this.#own.mark = acceptor.chosen;
    this.#syncMembers(nowMs);
  }

  get last(): Slot {
    return this.#last;
  }

  get barrierChosen(): boolean {
    return this.#barrier > 0 && this.#acceptor.chosen >= this.#barrier;
  }

  /** True when a proposal of the leadership's own may be made now. */
  get roomToPropose(): boolean {
    return this.#recovered.length === 0 && this.#roomInWindow();
  }

  progressOf(id: ReplicaId): Progress | undefined {
    return this.#progress.get(id);
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
    return slot;
  }

  /** A member's vote, this replica's own among them. */
  onAccepted(from: ReplicaId, message: Accepted, nowMs: number, out: StepBuilder): void {
    assert(sameBallot(message.ballot, this.ballot));
    const progress = this.#heard(from, message, nowMs);
    if (progress === undefined) return;
    this.#noteMark(progress, message.mark, nowMs);
    if (message.gap && nowMs - progress.advancedAtMs >= this.#timing.heartbeatMs)
      this.#rewind(progress, nowMs);
    this.#advanceChosen(nowMs, out);
    this.#stream(progress, out);
  }

  onHeartbeatReply(from: ReplicaId, message: HeartbeatReply, nowMs: number, out: StepBuilder): void {
    const progress = this.#heard(from, message, nowMs);
    if (progress === undefined) return;
    progress.round = Math.max(progress.round, message.round);
    this.#noteMark(progress, message.mark, nowMs);
    if (!progress.streaming || message.mark + 1 < this.#from()) this.#rewind(progress, nowMs);
    this.#advanceChosen(nowMs, out);
    this.#stream(progress, out);
    this.#finishReads(nowMs, out);
  }

  /** Starts a quorum round for the reads that have gathered, unless one is under way (T31). */
  startReadRound(nowMs: number, out: StepBuilder): void {
    if (!this.barrierChosen || !this.reads.wantsRound) return;
    this.#round += 1;
    this.reads.begin(this.#round, this.#acceptor.chosen);
    this.#sendHeartbeats(nowMs, out);
    this.#finishReads(nowMs, out);
  }

  onTick(nowMs: number, out: StepBuilder): void {
    for (const progress of this.#progress.values()) {
      const waiting = progress.streaming && progress.reported < progress.next - 1;
      if (waiting && nowMs - progress.advancedAtMs >= progress.repeatMs) {
        this.#rewind(progress, nowMs);
        // A slow disk is not a lost frame: what it can't take in time is not sent ever again.
        progress.repeatMs = Math.min(2 * progress.repeatMs, REPEAT_MS_MAX);
      }
      this.#stream(progress, out);
    }
    const unannounced = this.#announced < this.#acceptor.chosen;
    if (nowMs - this.#heartbeatAtMs >= this.#timing.heartbeatMs || unannounced) {
      this.#round += 1;
      this.#sendHeartbeats(nowMs, out);
    }
  }

  onLinkUp(peer: ReplicaId, nowMs: number, out: StepBuilder): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    progress.streaming = false;
    progress.repeatMs = this.#timing.repeatMs;
    this.#round += 1;
    this.#sendHeartbeats(nowMs, out);
  }

  onLinkDown(peer: ReplicaId): void {
    const progress = this.#progress.get(peer);
    if (progress !== undefined) progress.streaming = false;
  }

  /**
   * The stamp that a batch may carry: this replica's clock, but no later than what the clocks of a
   * quorum have reached by their replies, so that one clock that runs ahead expires nothing.
   */
  stampMs(nowMs: number, clockMs: number): number {
    const clockOf = (id: ReplicaId): number => {
      if (id === this.#self) return clockMs;
      const progress = this.#progress.get(id);
      if (progress === undefined || progress.clockMs === 0) return 0;
      return Math.floor(progress.clockMs + nowMs - progress.clockAtMs);
    };
    const configuration = this.#acceptor.rulings.at(this.#last + 1);
    return Math.min(clockMs, quorumMark(configuration, clockOf));
  }

  /** When a quorum had answered last: the latest time at which nobody else can have led without their help. */
  quorumHeardAtMs(nowMs: number): number {
    const heardAtMs = (id: ReplicaId): number =>
      id === this.#self ? nowMs : (this.#progress.get(id)?.heardAtMs ?? 0);
    return quorumMark(this.#acceptor.rulings.at(this.#acceptor.chosen + 1), heardAtMs);
  }

  /** True while a quorum has answered lately, nobody knows of a newer ballot, and the own disk keeps up (T34). */
  isHealthy(nowMs: number): boolean {
    const patienceMs = this.#timing.electionMaxMs;
    const heard = new Set<ReplicaId>([this.#self]);
    for (const progress of this.#progress.values()) {
      if (nowMs - progress.heardAtMs <= patienceMs) heard.add(progress.id);
    }
    const diskStalls = this.#own.mark < this.#last && nowMs - this.#ownMarkAtMs > 2 * patienceMs;
    return (
      !diskStalls &&
      !this.#superseded &&
      this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, heard)
    );
  }

  #roomInWindow(): boolean {
    return this.#last < this.#acceptor.chosen + this.#acceptor.rulings.alpha;
  }

  /** Slots below this one are not on the stream: they come by catch-up, as chosen. */
  #from(): Slot {
    return Math.max(this.#first, this.#acceptor.window.first);
  }

  #propose(value: Value, nowMs: number, out: StepBuilder): Slot {
    if (this.#own.mark >= this.#last) this.#ownMarkAtMs = nowMs;
    const entry: Entry = { slot: this.#last + 1, ballot: this.ballot, value };
    this.#last = entry.slot;
    const answer = this.#acceptor.accept(entry, out);
    assert(answer === 'accepted', 'LeaderAccepts: a leader accepts its own proposals in order');
    out.sendAfterwards(this.#self, this.#ownVote(entry.slot));
    const message = this.#acceptMessage([entry]);
    for (const progress of this.#progress.values()) {
      if (!progress.streaming || progress.next !== entry.slot) continue;
      if (entry.slot - progress.reported > UNANSWERED_SLOTS_MAX) continue;
      progress.next = entry.slot + 1;
      if (progress.reported === entry.slot - 1) progress.advancedAtMs = nowMs;
      out.send(progress.id, message);
    }
    this.#announced = this.#acceptor.chosen;
    return entry.slot;
  }

  #ownVote(mark: Slot): Accepted {
    return { kind: 'accepted', ballot: this.ballot, mark, gap: false, clockMs: 0 };
  }

  #acceptMessage(entries: readonly Entry[]): Accept {
    return {
      kind: 'accept',
      ballot: this.ballot,
      from: this.#from(),
      chosen: this.#acceptor.chosen,
      entries,
    };
  }

  /** Sends a member what it lacks, from the window, until enough is unanswered. */
  #stream(progress: Progress, out: StepBuilder): void {
    if (!progress.streaming) return;
    if (progress.next < this.#from()) {
      progress.streaming = false;
      return;
    }
    while (progress.next <= this.#last && progress.next - progress.reported <= UNANSWERED_SLOTS_MAX) {
      const entries: Entry[] = [];
      let bytes = 0;
      while (progress.next <= this.#last && progress.next - progress.reported <= UNANSWERED_SLOTS_MAX) {
        const entry = this.#acceptor.window.get(progress.next);
        assert(entry !== undefined && sameBallot(entry.ballot, this.ballot), 'StreamOfBallot');
        bytes += valueBytes(entry.value);
        if (entries.length > 0 && bytes > ACCEPT_BYTES_MAX) break;
        entries.push(entry);
        progress.next += 1;
      }
      out.send(progress.id, this.#acceptMessage(entries));
    }
  }

  /** The stream begins again behind the mark that the member told last, if the window reaches there. */
  #rewind(progress: Progress, nowMs: number): void {
    progress.next = progress.reported + 1;
    progress.streaming = progress.next >= this.#from();
    progress.advancedAtMs = nowMs;
  }

  #heard(from: ReplicaId, message: Accepted | HeartbeatReply, nowMs: number): Progress | undefined {
    if (from === this.#self) {
      this.#acceptor.noteDurable(message.ballot, message.mark);
      this.#ownMarkAtMs = nowMs;
      return this.#own;
    }
    const progress = this.#progress.get(from);
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
    if (mark > progress.reported) {
      progress.advancedAtMs = nowMs;
      progress.repeatMs = this.#timing.repeatMs;
    }
    progress.reported = mark;
    if (mark > progress.mark) progress.mark = mark;
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
    this.#syncMembers(nowMs);
    this.proposeRecovered(nowMs, out);
    if (this.#announced < this.#announceAt && this.#announceAt <= this.#acceptor.chosen) {
      this.#round += 1;
      this.#sendHeartbeats(nowMs, out);
    }
    this.startReadRound(nowMs, out);
  }

  readonly #markOf = (id: ReplicaId): Slot =>
    id === this.#self ? this.#acceptor.durable : (this.#progress.get(id)?.mark ?? 0);

  #syncMembers(nowMs: number): void {
    for (const member of this.#acceptor.rulings.membersFrom(this.#acceptor.chosen + 1)) {
      if (member.id !== this.#self && !this.#progress.has(member.id)) {
        this.#progress.set(member.id, newProgress(member.id, nowMs, this.#timing.repeatMs));
      }
    }
  }

  #sendHeartbeats(nowMs: number, out: StepBuilder): void {
    this.#heartbeatAtMs = nowMs;
    this.#announced = this.#acceptor.chosen;
    const message = {
      kind: 'heartbeat',
      ballot: this.ballot,
      from: this.#from(),
      chosen: this.#acceptor.chosen,
      round: this.#round,
    } as const;
    for (const id of this.#progress.keys()) out.send(id, message);
  }

  #finishReads(nowMs: number, out: StepBuilder): void {
    const round = this.reads.roundUnderWay;
    if (round === undefined) return;
    const answered = new Set<ReplicaId>([this.#self]);
    for (const progress of this.#progress.values()) {
      if (progress.round >= round) answered.add(progress.id);
    }
    if (!this.#acceptor.rulings.isQuorumFrom(this.#acceptor.chosen + 1, answered)) return;
    this.reads.finish(out);
    this.startReadRound(nowMs, out);
  }
}

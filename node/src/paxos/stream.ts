/**
 * Phase 2a, outward: one leadership's entries on their way to each member, in slot order. Each has its own pace, and what
 * it is known to have; a link that was made anew, or a gap, begins the stream again behind the mark that was told last.
 */
import assert from 'node:assert/strict';
import type { Acceptor } from './acceptor.ts';
import { type Ballot, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import type { Configuration, Member } from './configuration.ts';
import { type Entry, valueBytes } from './entry.ts';
import type { Accept } from './message.ts';
import { newProgress, type Progress } from './progress.ts';
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

export class Stream {
  readonly #self: ReplicaId;
  readonly #ballot: Ballot;
  readonly #acceptor: Acceptor;
  readonly #timing: Timing;
  readonly #progress = new Map<ReplicaId, Progress>();
  /** The first slot of this ballot: older entries in the window are of other ballots. */
  readonly #first: Slot;

  constructor(self: ReplicaId, ballot: Ballot, acceptor: Acceptor, timing: Timing, nowMs: number) {
    this.#self = self;
    this.#ballot = ballot;
    this.#acceptor = acceptor;
    this.#timing = timing;
    this.#first = acceptor.chosen + 1;
    this.syncMembers(nowMs);
  }

  /** Slots below this one are not on the stream: they come by catch-up, as chosen. */
  get from(): Slot {
    return Math.max(this.#first, this.#acceptor.window.first);
  }

  get progress(): ReadonlyMap<ReplicaId, Progress> {
    return this.#progress;
  }

  /** A member that is new gets the stream as soon as its configuration is chosen. */
  syncMembers(nowMs: number): void {
    for (const { id } of this.#members()) {
      if (id !== this.#self && !this.#progress.has(id)) {
        this.#progress.set(id, newProgress(id, nowMs, this.#timing.repeatMs));
      }
    }
  }

  /** A fresh proposal goes at once to all that have been sent everything before it. */
  push(entry: Entry, nowMs: number, out: StepBuilder): void {
    const message = this.#acceptMessage([entry]);
    for (const progress of this.#progress.values()) {
      if (!progress.streaming || progress.next !== entry.slot) continue;
      if (entry.slot - progress.reported > UNANSWERED_SLOTS_MAX) continue;
      progress.next = entry.slot + 1;
      if (progress.reported === entry.slot - 1) progress.advancedAtMs = nowMs;
      out.send(progress.id, message);
    }
  }

  /** Many fresh proposals go in few frames. */
  pushAll(last: Slot, nowMs: number, out: StepBuilder): void {
    for (const progress of this.#progress.values()) {
      if (progress.reported === progress.next - 1) progress.advancedAtMs = nowMs;
      this.send(progress, last, out);
    }
  }

  /** Sends a member what it lacks up to `last`, from the window, until enough is unanswered. */
  send(progress: Progress, last: Slot, out: StepBuilder): void {
    if (!progress.streaming) return;
    if (progress.next < this.from) {
      progress.streaming = false;
      return;
    }
    while (progress.next <= last && progress.next - progress.reported <= UNANSWERED_SLOTS_MAX) {
      const entries: Entry[] = [];
      let bytes = 0;
      while (progress.next <= last && progress.next - progress.reported <= UNANSWERED_SLOTS_MAX) {
        const entry = this.#acceptor.window.get(progress.next);
        assert(entry !== undefined && sameBallot(entry.ballot, this.#ballot), 'StreamOfBallot');
        bytes += valueBytes(entry.value);
        if (entries.length > 0 && bytes > ACCEPT_BYTES_MAX) break;
        entries.push(entry);
        progress.next += 1;
      }
      out.send(progress.id, this.#acceptMessage(entries));
    }
  }

  /** The stream begins again behind the mark that the member told last, if the window reaches there. */
  rewind(progress: Progress, nowMs: number): void {
    progress.next = progress.reported + 1;
    progress.streaming = progress.next >= this.from;
    progress.advancedAtMs = nowMs;
  }

  /** A member has told its mark in this ballot. */
  noteMark(progress: Progress, mark: Slot, nowMs: number): void {
    if (mark > progress.reported) {
      progress.advancedAtMs = nowMs;
      progress.repeatMs = this.#timing.repeatMs;
    }
    progress.reported = mark;
    if (mark > progress.mark) progress.mark = mark;
  }

  onTick(last: Slot, nowMs: number, out: StepBuilder): void {
    for (const progress of this.#progress.values()) {
      const waiting = progress.streaming && progress.reported < progress.next - 1;
      if (waiting && nowMs - progress.advancedAtMs >= progress.repeatMs) {
        this.rewind(progress, nowMs);
        // A slow disk is not a lost frame: what it can't take in time is not sent ever again.
        progress.repeatMs = Math.min(2 * progress.repeatMs, REPEAT_MS_MAX);
      }
      this.send(progress, last, out);
    }
  }

  /** The voter that has most of what was sent. */
  mostLevel(configuration: Configuration): ReplicaId | undefined {
    let best: Progress | undefined;
    for (const { id, voter } of configuration.members) {
      const progress = this.#progress.get(id);
      if (!voter || progress === undefined || !progress.streaming) continue;
      if (best === undefined || progress.mark > best.mark) best = progress;
    }
    return best?.id;
  }

  /** The member shall tell its mark before the stream goes on. False for one that is none. */
  onLinkUp(peer: ReplicaId): boolean {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return false;
    progress.streaming = false;
    progress.repeatMs = this.#timing.repeatMs;
    return true;
  }

  onLinkDown(peer: ReplicaId): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    progress.streaming = false;
    // Who was removed got the stream for as long as it listened: it shall hear of its removal.
    if (!this.#members().some(({ id }) => id === peer)) this.#progress.delete(peer);
  }

  #members(): readonly Member[] {
    return this.#acceptor.rulings.membersFrom(this.#acceptor.settled + 1);
  }

  #acceptMessage(entries: readonly Entry[]): Accept {
    return {
      kind: 'accept',
      ballot: this.#ballot,
      from: this.from,
      chosen: this.#acceptor.chosen,
      entries,
    };
  }
}

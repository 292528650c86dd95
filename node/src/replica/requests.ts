/**
 * The writes of this replica's doors, from their arrival until they are applied here. They gather into
 * segments; a segment is submitted to one leadership at a time, in order, and only when everything
 * submitted to earlier leaderships is settled. So nothing is executed twice, and nothing overtakes.
 */
import assert from 'node:assert/strict';
import { SegmentWriter } from '../codec/batch.ts';
import { workExpected } from '../kv/command.ts';
import { commandByCode } from '../kv/commands.ts';
import { type Ballot, sameBallot } from '../paxos/ballot.ts';
import { Failure, type Outcome, type ReplySink } from './door.ts';
import { BATCH_BYTES_MAX, BATCH_WORK_MAX, PENDING_BYTES_MAX, PENDING_REQUESTS_MAX } from './limits.ts';

/** One segment that is not applied yet. */
export class Pending {
  readonly first: number;
  readonly bytes: Uint8Array;
  /** See `workExpected`. */
  readonly work: number;
  /** How many of its commands may make the data smaller. */
  readonly shrinking: number;
  readonly arrivedAtMs: number;
  /** The leadership that it was last submitted to. */
  sentIn: Ballot | undefined;
  sentAtMs = 0;
  #sinks: readonly ReplySink[];
  #tokens: readonly number[];

  constructor(
    first: number,
    bytes: Uint8Array,
    work: number,
    shrinking: number,
    sinks: readonly ReplySink[],
    tokens: readonly number[],
    arrivedAtMs: number,
  ) {
    this.first = first;
    this.bytes = bytes;
    this.work = work;
    this.shrinking = shrinking;
    this.arrivedAtMs = arrivedAtMs;
    this.#sinks = sinks;
    this.#tokens = tokens;
  }

  /** False once every door has had its answer (an outcome may still be unknown then). */
  get isAwaited(): boolean {
    return this.#sinks.length > 0;
  }

  get count(): number {
    return this.#sinks.length;
  }

  settle(index: number, outcome: Outcome): void {
    this.#sinks[index]?.settle(this.#tokens[index] ?? 0, outcome);
  }

  settleAll(failure: Failure): void {
    const sinks = this.#sinks;
    this.#sinks = [];
    for (const [index, sink] of sinks.entries()) sink.settle(this.#tokens[index] ?? 0, failure);
  }
}

export class Requests {
  readonly #writer: SegmentWriter;
  #sinks: ReplySink[] = [];
  #tokens: number[] = [];
  #arrivedAtMs = 0;
  #work = 0;
  /** Of all that wait for their answer: commands that may make the data smaller. */
  #shrinking = 0;
  #shrinkingGathered = 0;
  #nextRequest = 1;
  /** Ascending by request number: first those submitted to the present leadership, then the others. */
  #queue: Pending[] = [];
  #submitted = 0;
  /** Of those submitted: how many were answered "unknown" because they took too long. They are the oldest. */
  #expired = 0;
  #bytes = 0;
  #count = 0;

  constructor(process: number) {
    this.#writer = new SegmentWriter(process);
  }

  get isFull(): boolean {
    return this.#bytes + this.#writer.bytes > PENDING_BYTES_MAX || this.#count > PENDING_REQUESTS_MAX;
  }

  /** Well below full again: what wakes the doors. */
  get isRelieved(): boolean {
    return this.#bytes + this.#writer.bytes < PENDING_BYTES_MAX / 2 && this.#count < PENDING_REQUESTS_MAX / 2;
  }

  /** Requests that wait for their answer. */
  get count(): number {
    return this.#count;
  }

  /** What a leadership has been given and has not settled yet. */
  get submittedBytes(): number {
    let bytes = 0;
    for (let index = 0; index < this.#submitted; index += 1) bytes += this.#queue[index]?.bytes.length ?? 0;
    return bytes;
  }

  /** Whether something that waits may make the data smaller. */
  get mayShrink(): boolean {
    return this.#shrinking > 0;
  }

  get hasUnsubmitted(): boolean {
    return this.#submitted < this.#queue.length || this.#writer.count > 0;
  }

  get unsubmittedBytes(): number {
    let bytes = this.#writer.count > 0 ? this.#writer.bytes : 0;
    for (let index = this.#submitted; index < this.#queue.length; index += 1) {
      bytes += this.#queue[index]?.bytes.length ?? 0;
    }
    return bytes;
  }

  add(code: number, args: readonly string[], sink: ReplySink, token: number, nowMs: number): void {
    if (this.#writer.count === 0) this.#arrivedAtMs = nowMs;
    this.#writer.add(code, args);
    this.#sinks.push(sink);
    this.#tokens.push(token);
    this.#count += 1;
    const command = commandByCode(code);
    assert(command !== undefined, 'command-is-known: doors take their commands from the table');
    this.#work += workExpected(command, args.length);
    if (!command.grows) {
      this.#shrinking += 1;
      this.#shrinkingGathered += 1;
    }
    if (this.#writer.bytes >= BATCH_BYTES_MAX || this.#work >= BATCH_WORK_MAX) this.#seal();
  }

  /** The next segments to submit to the leadership of `ballot`, as many as there is room for but at least one. */
  submit(ballot: Ballot, bytesMax: number, nowMs: number, workMax = Number.POSITIVE_INFINITY): Pending[] {
    this.#seal();
    const segments: Pending[] = [];
    let bytes = 0;
    let work = 0;
    while (this.#submitted < this.#queue.length) {
      const pending = this.#queue[this.#submitted];
      assert(pending !== undefined);
      const fits = bytes + pending.bytes.length <= bytesMax && work + pending.work <= workMax;
      if (segments.length > 0 && !fits) break;
      pending.sentIn = ballot;
      pending.sentAtMs = nowMs;
      bytes += pending.bytes.length;
      work += pending.work;
      segments.push(pending);
      this.#submitted += 1;
    }
    return segments;
  }

  /** The first request submitted to `ballot` that is not settled: what the leader may begin to count with. */
  firstSubmitted(ballot: Ballot): Pending | undefined {
    const pending = this.#queue[0];
    return this.#submitted > 0 && pending?.sentIn !== undefined && sameBallot(pending.sentIn, ballot)
      ? pending
      : undefined;
  }

  /** The oldest submitted segments, up to `bytesMax` but at least one: to be sent once more. */
  submittedSegments(bytesMax: number): readonly Pending[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#submitted) {
      bytes += this.#queue[count]?.bytes.length ?? 0;
      if (count > 0 && bytes > bytesMax) break;
      count += 1;
    }
    return this.#queue.slice(0, count);
  }

  /** A segment of this process is being applied. */
  take(first: number): Pending | undefined {
    const pending = this.#queue[0];
    if (pending === undefined || pending.first !== first) {
      assert(
        pending === undefined || first < pending.first,
        'SegmentsInOrder: segments of one process are applied in the order of their numbers',
      );
      return undefined;
    }
    assert(this.#submitted > 0, 'AppliedWasSubmitted');
    this.#queue.shift();
    this.#submitted -= 1;
    if (this.#expired > 0) this.#expired -= 1;
    else this.#forget(pending);
    return pending;
  }

  /**
   * A new leadership's first batch is applied: what was submitted to earlier ones is settled, or will
   * never be done and may be submitted again, in its old order.
   */
  resubmit(): void {
    const kept: Pending[] = [];
    for (const pending of this.#queue) {
      if (!pending.isAwaited) continue;
      pending.sentIn = undefined;
      kept.push(pending);
    }
    this.#queue = kept;
    this.#submitted = 0;
    this.#expired = 0;
  }

  /**
   * A snapshot is taken over: what was submitted may have been applied in the slots that it stands for, or may
   * be later, and this replica will never know which. It is never submitted again, and its numbers are skipped.
   */
  forgetSubmitted(): void {
    const forgotten = this.#queue.splice(0, this.#submitted);
    const failure = new Failure('unknown', 'this replica was behind and took over a snapshot meanwhile');
    for (const [index, pending] of forgotten.entries()) {
      if (index >= this.#expired) this.#forget(pending);
      pending.settleAll(failure);
    }
    this.#submitted = 0;
    this.#expired = 0;
  }

  /** Answers what has waited since before `beforeMs`: unknown when a leader may have it, else not done. */
  expire(beforeMs: number): void {
    while (this.#expired < this.#submitted) {
      const pending = this.#queue[this.#expired];
      if (pending === undefined || pending.arrivedAtMs > beforeMs) return;
      // It stays in the queue until its fate is known, so that those behind it keep their order, but it
      // keeps no door shut: how much there can be of it is bounded where segments are submitted.
      this.#expired += 1;
      this.#forget(pending);
      pending.settleAll(new Failure('unknown', 'no quorum answered in time, it may still be executed'));
    }
    const first = this.#queue[this.#submitted];
    const oldestMs = first?.arrivedAtMs ?? (this.#writer.count > 0 ? this.#arrivedAtMs : undefined);
    if (oldestMs !== undefined && oldestMs <= beforeMs) this.refuseUnsubmitted('no leader took it in time');
  }

  /** Answers "not done" to everything that no leader can have. */
  refuseUnsubmitted(reason: string): void {
    this.#seal();
    const refused = this.#queue.splice(this.#submitted);
    // This leadership has never seen their numbers, and takes numbers without a gap: they are given again.
    this.#nextRequest = refused[0]?.first ?? this.#nextRequest;
    const failure = new Failure('notDone', reason);
    for (const pending of refused) {
      this.#forget(pending);
      pending.settleAll(failure);
    }
  }

  /** The replica ends: everything is answered with what is known. */
  close(): void {
    this.refuseUnsubmitted('this replica is shutting down');
    this.expire(Number.POSITIVE_INFINITY);
  }

  #seal(): void {
    const count = this.#writer.count;
    if (count === 0) return;
    const bytes = this.#writer.seal(this.#nextRequest);
    this.#queue.push(
      new Pending(
        this.#nextRequest,
        bytes,
        this.#work,
        this.#shrinkingGathered,
        this.#sinks,
        this.#tokens,
        this.#arrivedAtMs,
      ),
    );
    this.#nextRequest += count;
    this.#bytes += bytes.length;
    this.#work = 0;
    this.#shrinkingGathered = 0;
    this.#sinks = [];
    this.#tokens = [];
  }

  #forget(pending: Pending): void {
    this.#bytes -= pending.bytes.length;
    this.#count -= pending.count;
    this.#shrinking -= pending.shrinking;
  }
}

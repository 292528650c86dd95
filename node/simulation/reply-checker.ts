/**
 * Replays the chosen commands in slot order through the naive store and holds every reply that a client
 * saw against it; and each operation's place in that order against real time. Together: the history is
 * linearizable, nothing acknowledged is lost, and nothing is executed twice.
 */
import { BatchReader } from '../src/codec/batch.ts';
import type { SessionLimits } from '../src/kv/session-limits.ts';
import { BALLOT_NONE, compareBallots, type Slot } from '../src/paxos/ballot.ts';
import { Failure } from '../src/replica/door.ts';
import type { ChosenLog } from './chosen-log.ts';
import { Violation } from './violation.ts';
import type { History, Operation } from './history.ts';
import { type NaiveChange, NaiveStore } from './naive-store.ts';

interface Command {
  readonly code: number;
  readonly args: readonly string[];
}

export class ReplyChecker {
  readonly #chosen: ChosenLog;
  readonly #store: NaiveStore;
  /** By process and number of the request. Those refused before they got a number for good are apart. */
  readonly #byRequest = new Map<string, Operation>();
  readonly #refused = new Map<string, Operation[]>();
  readonly #readsAt = new Map<Slot, Operation[]>();
  readonly #executed = new Set<string>();
  #epoch = BALLOT_NONE;
  #batchNumber = 0;
  #stampMs = 0;
  checked = 0;
  /** By slot: the revision once it is applied. */
  readonly #revisions: number[] = [0];

  constructor(chosen: ChosenLog, history: History, sessionLimits?: SessionLimits) {
    this.#store = new NaiveStore(sessionLimits);
    this.#chosen = chosen;
    for (const operation of history.operations) {
      if (operation.path === 'log') this.#noteRequest(operation);
      else if (operation.outcome !== undefined && !(operation.outcome instanceof Failure)) {
        const reads = this.#readsAt.get(operation.slotAtReturn) ?? [];
        reads.push(operation);
        this.#readsAt.set(operation.slotAtReturn, reads);
      }
    }
  }

  #noteRequest(operation: Operation): void {
    const request = `${operation.process}/${operation.request}`;
    const { outcome } = operation;
    if (outcome instanceof Failure && outcome.kind === 'notDone') {
      const refused = this.#refused.get(request) ?? [];
      refused.push(operation);
      this.#refused.set(request, refused);
    } else this.#byRequest.set(request, operation);
  }

  check(): void {
    for (let slot = 1; slot <= this.#chosen.last; slot += 1) {
      this.#store.agreedVersion = this.#chosen.configurations.chosenBy(slot)?.version ?? 2;
      const bytes = this.#chosen.batch(slot);
      if (bytes !== undefined) this.#checkBatch(slot, bytes);
      for (const read of this.#readsAt.get(slot) ?? []) this.#checkRead(slot, read);
      this.#revisions.push(this.#store.revision);
    }
    for (const [request, operation] of this.#byRequest) this.#checkFate(request, operation);
  }

  /** Once checked: all that watchers should have heard of. */
  get changes(): readonly NaiveChange[] {
    return this.#store.changes;
  }

  /** Once checked. */
  revisionAt(slot: Slot): number {
    return this.#revisions[slot] ?? 0;
  }

  #checkBatch(slot: Slot, bytes: Uint8Array): void {
    const batch = new BatchReader(bytes);
    const { tag, number } = batch.header;
    const order = compareBallots(tag, this.#epoch);
    if (order < 0 || (order > 0 && number !== 1)) return;
    if (order === 0 && number !== this.#batchNumber + 1) return;
    this.#epoch = tag;
    this.#batchNumber = number;
    this.#stampMs = Math.max(this.#stampMs, batch.header.stampMs);
    if (batch.header.expire) this.#store.expireDue(this.#stampMs);
    while (batch.nextSegment()) {
      for (let request = batch.firstRequest; batch.nextCommand(); request += 1) {
        const { process, code, args } = batch;
        const reply = this.#store.execute(code, args, this.#stampMs);
        // What a leader has agreed on is nobody's request.
        if (process !== 0) this.#checkReply(slot, `${process}/${request}`, { code, args }, reply);
      }
    }
  }

  #checkReply(slot: Slot, request: string, command: Command, reply: unknown): void {
    if (this.#executed.has(request)) throw new Violation(`ExactlyOnce: request ${request} is executed twice`);
    this.#executed.add(request);
    const operation = this.#byRequest.get(request);
    if (operation === undefined || !isSame(operation, command)) {
      const refused = this.#refused.get(request)?.find((other) => isSame(other, command));
      if (refused === undefined) throw new Violation(`NothingInvented: nobody sent request ${request}`);
      throw new Violation(`NotDoneMeansNotDone: ${describe(refused)} was executed all the same`);
    }
    if (operation.outcome === undefined || operation.outcome instanceof Failure) return;
    if (operation.slotAtCall >= slot) {
      throw new Violation(
        `RealTime: ${describe(operation)} got slot ${slot}, but slot ${operation.slotAtCall} was answered before it was sent`,
      );
    }
    this.#compare(slot, operation, reply);
  }

  #checkRead(slot: Slot, operation: Operation): void {
    // A stale read may see any past state, but one state.
    if (operation.path !== 'stale' && operation.slotAtCall > slot) {
      throw new Violation(
        `ReadAfterRound: ${describe(operation)} read slot ${slot}, but slot ${operation.slotAtCall} was answered before it was sent`,
      );
    }
    this.#compare(slot, operation, this.#store.execute(operation.code, operation.args, this.#stampMs));
  }

  #compare(slot: Slot, operation: Operation, reply: unknown): void {
    this.checked += 1;
    const seen = text(operation.outcome);
    const expected = text(reply);
    if (seen !== expected) {
      throw new Violation(
        `Replies: ${describe(operation)} at slot ${slot} answered ${seen}, the naive store ${expected}`,
      );
    }
  }

  #checkFate(request: string, operation: Operation): void {
    const executed = this.#executed.has(request);
    if (operation.outcome === undefined || operation.outcome instanceof Failure) return;
    if (!executed) {
      throw new Violation(`AcknowledgedIsKept: ${describe(operation)} was answered and is not in the log`);
    }
  }
}

function isSame(operation: Operation, command: Command): boolean {
  return (
    operation.code === command.code &&
    operation.args.length === command.args.length &&
    operation.args.every((arg, index) => arg === command.args[index])
  );
}

function describe(operation: Operation): string {
  const words = operation.args.map((arg) => JSON.stringify(arg)).join(' ');
  return `command ${operation.code} ${words} of client ${operation.client} sent at ${operation.calledAtMs.toFixed(3)} ms`;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? Number(part) : part));
}

/**
 * What one connection may take at present, whatever it asks for: its turn, which ends when others wait too long, and its
 * share of the memory of all clients (see `ClientMemory`).
 */
import type { CutReason } from '../observe/events.ts';
import type { ClientMemory, MemoryHolder } from './client-memory.ts';
import { largeRequestBytes, ownAnswersMsMax, turnBytesMax } from './limits.ts';

export interface Allowed {
  /** It may go on: in a turn of its own. */
  work(): void;
  cut(reason: CutReason, why: string): void;
}

export class Allowance implements MemoryHolder {
  memoryBytes = 0;
  readonly #connection: Allowed;
  readonly #memory: ClientMemory;
  /** A large request is arriving, or waits until it may. */
  #isLarge = false;
  #awaitsMemory = false;
  /** Enough has been taken, or answered by the connection itself: the others first. */
  #othersTurn = false;
  #ownAnswersEndMs = 0;
  /** Bytes taken since it last gave way. */
  #turnBytes = 0;

  constructor(connection: Allowed, memory: ClientMemory) {
    this.#connection = connection;
    this.#memory = memory;
    memory.add(this);
  }

  /** Nothing can be taken now; the connection is called when that changes. */
  get isUsedUp(): boolean {
    return this.#awaitsMemory || this.#othersTurn;
  }

  received(bytes: number): void {
    this.#turnBytes += bytes;
    if (this.#turnBytes > turnBytesMax) this.#giveWay();
  }

  beginTaking(): void {
    this.#ownAnswersEndMs = performance.now() + ownAnswersMsMax;
  }

  /** The connection has answered something itself, which may have taken a while. */
  answeredItself(): void {
    if (performance.now() > this.#ownAnswersEndMs) this.#giveWay();
  }

  /** A command was queued for `EXEC`. */
  queued(): void {
    if (this.#memory.queueing.isOver()) this.#giveWay();
  }

  /** Whether more of an unfinished request of so many bytes may come in. */
  mayArrive(requestBytes: number): boolean {
    if (requestBytes <= largeRequestBytes || this.#isLarge) return true;
    this.#isLarge = this.#memory.beginLarge(this);
    this.#awaitsMemory = !this.#isLarge;
    return this.#isLarge;
  }

  /** The request is there as a whole. */
  arrived(): void {
    if (!this.#isLarge) return;
    this.#isLarge = false;
    this.#memory.endLarge(this);
  }

  admitted(): void {
    this.#awaitsMemory = false;
    this.#isLarge = true;
    setImmediate(() => this.#connection.work());
  }

  evict(reason: CutReason, why: string): void {
    this.#connection.cut(reason, why);
  }

  /** What the connection holds now. */
  account(bytes: number): void {
    const change = bytes - this.memoryBytes;
    if (change === 0) return;
    this.memoryBytes = bytes;
    this.#memory.changed(change);
  }

  end(): void {
    this.#memory.remove(this);
  }

  #giveWay(): void {
    this.#turnBytes = 0;
    if (this.#othersTurn) return;
    this.#othersTurn = true;
    setImmediate(() => {
      this.#othersTurn = false;
      this.#connection.work();
    });
  }
}

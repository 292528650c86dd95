/**
 * The replica as the HTTP door calls it: each call has a function that gets its outcome. While the
 * replica's queues are full, calls wait here, in order.
 */
import assert from 'node:assert/strict';
import { commandByCode } from '../kv/commands.ts';
import { ErrorReply } from '../kv/reply.ts';
import type { Observer } from '../observe/events.ts';
import { Failure, type Outcome, type ReplicaDoor, type ReplySink, type Staleness } from '../replica/door.ts';

export type Answered = (outcome: Outcome) => void;

/** Calls that wait for room: about a second's worth at this door's speed. Over it: 503, `not-done`. */
export const CALLS_WAITING_MAX = 4096;

/** Bytes of their keys and values: eight of the longest, or thousands of usual ones. Over it: 503, `not-done`. */
export const CALLS_WAITING_BYTES_MAX = 64 * 1024 * 1024;

interface Call {
  readonly write: boolean;
  readonly code: number;
  readonly args: readonly string[];
  readonly answered: Answered;
  /** Of `performance.now`: when the request had been read. */
  readonly sinceMs: number;
  readonly origin: RequestOrigin | undefined;
}

/** Where a call comes from, for traces. */
export interface RequestOrigin {
  /** When the request's head had come. */
  readonly arrivedMs: number;
  readonly traceparent: string | undefined;
}

export class Calls implements ReplySink {
  readonly #door: ReplicaDoor;
  readonly #underWay = new Map<number, Call>();
  readonly #waiting: Call[] = [];
  #waitingBytes = 0;
  #reliefAsked = false;
  #lastToken = 0;
  /** Of the request that is acted on at this moment; undefined while nobody traces. */
  #origin: RequestOrigin | undefined;

  readonly #observer: Observer | undefined;

  constructor(door: ReplicaDoor, observer: Observer | undefined) {
    this.#door = door;
    this.#observer = observer;
  }

  /** Calls that `act` makes come from there. */
  from(origin: RequestOrigin | undefined, act: () => void): void {
    const before = this.#origin;
    this.#origin = origin;
    try {
      act();
    } finally {
      this.#origin = before;
    }
  }

  readonly originMs = (token: number): number => {
    const call = this.#underWay.get(token);
    return call?.origin?.arrivedMs ?? call?.sinceMs ?? 0;
  };

  readonly traceparent = (token: number): string | undefined =>
    this.#underWay.get(token)?.origin?.traceparent;

  /** Puts a command into the log. */
  write(code: number, args: readonly string[], answered: Answered): void {
    this.#make({ write: true, code, args, answered, sinceMs: performance.now(), origin: this.#origin });
  }

  /** A linearizable read. */
  read(code: number, args: readonly string[], answered: Answered): void {
    this.#make({ write: false, code, args, answered, sinceMs: performance.now(), origin: this.#origin });
  }

  /** What this replica holds by now, and how old that may be; answered within the call. */
  readStale(
    code: number,
    args: readonly string[],
    answered: (outcome: Outcome, age: Staleness) => void,
  ): void {
    const sinceMs = performance.now();
    const answer = (outcome: Outcome): void => answered(outcome, this.#door.staleness);
    const call = { write: false, code, args, answered: answer, sinceMs, origin: undefined };
    this.#answer(call, this.#door.readStale(code, args));
  }

  settle(token: number, outcome: Outcome): void {
    const call = this.#underWay.get(token);
    assert(call !== undefined, 'settled-once: the replica answers each call once');
    this.#underWay.delete(token);
    this.#answer(call, outcome);
  }

  #make(call: Call): void {
    if (this.#waiting.length === 0 && !this.#door.congested) {
      this.#pass(call);
      return;
    }
    const bytes = bytesOf(call);
    if (this.#waiting.length >= CALLS_WAITING_MAX) {
      this.#refuse(call, `${CALLS_WAITING_MAX} requests wait already, which is the limit`);
    } else if (this.#waitingBytes + bytes > CALLS_WAITING_BYTES_MAX) {
      this.#refuse(call, `${CALLS_WAITING_BYTES_MAX} bytes of requests wait already, which is the limit`);
    } else {
      this.#waiting.push(call);
      this.#waitingBytes += bytes;
      this.#askForRelief();
    }
  }

  #refuse(call: Call, reason: string): void {
    this.#observer?.({ kind: 'refusedForLimit', limit: 'calls' });
    this.#answer(call, new Failure('notDone', reason));
  }

  #pass(call: Call): void {
    this.#lastToken += 1;
    this.#underWay.set(this.#lastToken, call);
    if (call.write) this.#door.write(call.code, call.args, this, this.#lastToken);
    else this.#door.read(call.code, call.args, this, this.#lastToken);
  }

  #answer(call: Call, outcome: Outcome): void {
    this.#observer?.({
      kind: 'commandDone',
      name: commandByCode(call.code)?.name ?? String(call.code),
      outcome: outcomeName(outcome),
      durationMs: performance.now() - call.sinceMs,
    });
    call.answered(outcome);
  }

  #askForRelief(): void {
    if (this.#reliefAsked) return;
    this.#reliefAsked = true;
    this.#door.whenRelieved(this.#relieved);
  }

  readonly #relieved = (): void => {
    this.#reliefAsked = false;
    while (!this.#door.congested) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      this.#waitingBytes -= bytesOf(call);
      this.#pass(call);
    }
    if (this.#waiting.length > 0) this.#askForRelief();
  };
}

function bytesOf({ args }: Call): number {
  let bytes = 0;
  for (const arg of args) bytes += arg.length;
  return bytes;
}

function outcomeName(outcome: Outcome): 'ok' | 'error' | 'notDone' | 'unknown' {
  if (outcome instanceof Failure) return outcome.kind;
  return outcome instanceof ErrorReply ? 'error' : 'ok';
}

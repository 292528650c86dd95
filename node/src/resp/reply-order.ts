/**
 * The answers of one connection leave in the order of its requests, whatever the order in which
 * they become known. A ring of reused records: it starts small, so that an idle connection is cheap.
 */
import assert from 'node:assert/strict';
import { NO_REPLY } from './answer.ts';
import type { Answer, Protocol } from './answer.ts';
import { outstandingRequestsMax } from './limits.ts';

const RING_START = 8;
/** Tokens stay small integers, which V8 passes without allocating. */
const TOKEN_MASK = 0x3fff_ffff;

/** How a request is being answered: at the door itself, by a read, or through the log. */
export type Route = 'door' | 'read' | 'write';

/** One request whose answer has not been sent. Reused: only the ring makes and recycles them. */
export class PendingReply {
  token = 0;
  name = '';
  route: Route = 'door';
  /** The version in force when the request came: a later HELLO must not change it. */
  protocol: Protocol = 2;
  silent = false;
  arrivedMs = 0;
  bytes = 0;
  done = false;
  answer: Answer = NO_REPLY;
  /** About what the answer holds on to. */
  answerBytes = 0;
  /** Elements of a long answer that have been encoded; −1 before its beginning. */
  encoded = -1;
  /** Turns the replica's outcome into the answer; only transactions need it. */
  finish: ((outcome: Answer) => Answer) | undefined = undefined;
}

export class ReplyOrder {
  #ring: PendingReply[] = Array.from({ length: RING_START }, () => new PendingReply());
  #first = 0;
  #length = 0;
  #heldBytes = 0;

  /** Requests whose answers have not been sent. */
  get length(): number {
    return this.#length;
  }

  /** Takes the next place. The caller fills in the rest of the record, and must not keep it past `shift`. */
  open(name: string, route: Route, protocol: Protocol, arrivedMs: number): PendingReply {
    assert(this.#length < outstandingRequestsMax, 'reply order: the connection checks its window first');
    if (this.#length === this.#ring.length) this.#grow();
    const token = (this.#first + this.#length) & TOKEN_MASK;
    const reply = this.#ring[token & (this.#ring.length - 1)] as PendingReply;
    reply.token = token;
    reply.name = name;
    reply.route = route;
    reply.protocol = protocol;
    reply.arrivedMs = arrivedMs;
    reply.done = false;
    reply.finish = undefined;
    reply.encoded = -1;
    this.#length += 1;
    return reply;
  }

  at(token: number): PendingReply {
    const reply = this.#ring[token & (this.#ring.length - 1)] as PendingReply;
    assert(
      reply.token === token && ((token - this.#first) & TOKEN_MASK) < this.#length,
      'reply order: a token is settled once',
    );
    return reply;
  }

  /** The answer of a request is known. */
  settle(reply: PendingReply, answer: Answer): void {
    reply.answer = answer;
    reply.answerBytes = bytesOf(answer);
    reply.done = true;
    this.#heldBytes += reply.answerBytes;
  }

  /** The oldest request when its answer is known. */
  ready(): PendingReply | undefined {
    if (this.#length === 0) return undefined;
    const reply = this.#ring[this.#first & (this.#ring.length - 1)] as PendingReply;
    return reply.done ? reply : undefined;
  }

  /** Drops the oldest request, whose answer has been encoded. */
  shift(): void {
    const reply = this.#ring[this.#first & (this.#ring.length - 1)] as PendingReply;
    this.#heldBytes -= reply.answerBytes;
    reply.answer = NO_REPLY;
    reply.answerBytes = 0;
    reply.finish = undefined;
    this.#first = (this.#first + 1) & TOKEN_MASK;
    this.#length -= 1;
  }

  /** Roughly the bytes of answers that are known and wait. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = Array.from({ length: old.length * 2 }, () => new PendingReply());
    for (const reply of old) ring[reply.token & (ring.length - 1)] = reply;
    this.#ring = ring;
  }
}

/** Each element of an array costs some bytes beside its own, as it will on the wire. */
const ELEMENT_BYTES = 16;
/** Of longer arrays, which only `KEYS` makes, the size is estimated: to look at each of a million names takes 0.1 s. */
const COUNTED_ELEMENTS_MAX = 10_000;

function bytesOf(answer: Answer): number {
  if (typeof answer === 'string') return answer.length;
  if (!Array.isArray(answer)) return 0;
  const elements = answer as readonly Answer[];
  const stride = Math.ceil(elements.length / COUNTED_ELEMENTS_MAX);
  let bytes = 0;
  for (let index = 0; index < elements.length; index += stride) bytes += bytesOf(elements[index] as Answer);
  return bytes * stride + ELEMENT_BYTES * elements.length;
}

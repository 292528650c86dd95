/**
 * A reply as text and back: how sessions keep replies, so that what one costs is its length, and a snapshot
 * holds it as it is. Each begins with a sign for its kind; texts have their length before them.
 *
 *     nil _ · number #n; · bigint (n; · double ,n; · string $length:text · status +length:text · error -length:text
 *     array *count: elements · map %count: fields and values
 */
import assert from 'node:assert/strict';
import { Double, ErrorReply, MapReply, OK, Status } from './reply.ts';
import type { Reply } from './reply.ts';

/** Undefined when it is longer than `lengthMax`. Never builds much more than that, whatever the reply. */
export function replyText(reply: Reply, lengthMax: number): string | undefined {
  const text = append('', reply, lengthMax);
  return text.length > lengthMax ? undefined : text;
}

/** Wants what `replyText` gave. */
export function replyOfText(text: string): Reply {
  const reader = new Reader(text);
  const reply = reader.next();
  assert(reader.atEnd, 'reply-text-is-whole: a kept reply ends where its text does');
  return reply;
}

/** Stops soon after the limit is passed. */
function append(text: string, reply: Reply, lengthMax: number): string {
  if (reply === null) return `${text}_`;
  if (typeof reply === 'string') return `${text}$${reply.length}:${reply}`;
  if (typeof reply === 'number') return `${text}#${numberText(reply)};`;
  if (typeof reply === 'bigint') return `${text}(${reply};`;
  if (reply instanceof Status) return `${text}+${reply.text.length}:${reply.text}`;
  if (reply instanceof ErrorReply) return `${text}-${reply.message.length}:${reply.message}`;
  if (reply instanceof Double) return `${text},${numberText(reply.value)};`;
  if (reply instanceof MapReply) {
    let joined = `${text}%${reply.entries.length}:`;
    for (const [field, value] of reply.entries) {
      joined = append(append(joined, field, lengthMax), value, lengthMax);
      if (joined.length > lengthMax) break;
    }
    return joined;
  }
  let joined = `${text}*${reply.length}:`;
  for (const element of reply) {
    joined = append(joined, element, lengthMax);
    if (joined.length > lengthMax) break;
  }
  return joined;
}

/** Minus zero would lose its sign. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

class Reader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#offset === this.#text.length;
  }

  next(): Reply {
    const sign = this.#text[this.#offset];
    this.#offset += 1;
    switch (sign) {
      case '_':
        return null;
      case '$':
        return this.#string();
      case '#':
        return Number(this.#until(';'));
      case '(':
        return BigInt(this.#until(';'));
      case ',':
        return new Double(Number(this.#until(';')));
      case '+': {
        const text = this.#string();
        return text === OK.text ? OK : new Status(text);
      }
      case '-':
        return new ErrorReply(this.#string());
      case '*':
        return Array.from({ length: Number(this.#until(':')) }, () => this.next());
      case '%':
        return new MapReply(
          Array.from({ length: Number(this.#until(':')) }, () => [this.next(), this.next()] as const),
        );
      default:
        return assert.fail('reply-text-is-whole: a kept reply begins with the sign of its kind');
    }
  }

  #string(): string {
    const length = Number(this.#until(':'));
    const start = this.#offset;
    this.#offset = start + length;
    assert(
      this.#offset <= this.#text.length,
      'reply-text-is-whole: a text in a kept reply is as long as it says',
    );
    return this.#text.slice(start, this.#offset);
  }

  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#offset);
    assert(at >= 0, 'reply-text-is-whole: a number in a kept reply has an end');
    const text = this.#text.slice(this.#offset, at);
    this.#offset = at + 1;
    return text;
  }
}

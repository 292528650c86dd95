/**
 * Requests out of bytes: arrays of bulk strings, as clients send them, and inline commands, as people
 * type them. Pulled one by one, so that a connection can stop in the middle of a chunk.
 *
 * What is read is never read again: an unfinished request keeps its finished arguments, and an
 * unfinished bulk collects its chunks until all are there, so that no split makes the work quadratic.
 */
import { splitInlineCommand } from './inline-command.ts';
import {
  argumentsMax,
  bulkBytesMax,
  lineBytesMax,
  requestBytesMax,
  unauthenticatedArgumentsMax,
  unauthenticatedBulkBytesMax,
} from './limits.ts';

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const MINUS = 45;
const ZERO = 48;
/** How a TLS connection begins. */
const TLS_HANDSHAKE = 22;

const EMPTY = Buffer.alloc(0);

/** What V8 takes for a short string and its place in an array. */
const ARGUMENT_BYTES = 32;

/** Longer than any number that passes a check, so that an absurd one can't grow beyond exact integers. */
const DIGITS_MAX = 15;

/**
 * `request`: `name`, `args` and `bytes` hold it. `more`: everything that was fed is used up.
 * `error`: `error` holds Redis's text; the stream is lost, and every further call answers the same.
 */
export type Parsed = 'request' | 'more' | 'error';

export class RequestParser {
  /** The command's name as it was sent, in any case. */
  name = '';
  /** The arguments behind the name, one character per byte; the array is the caller's to keep. */
  args: string[] = [];
  /** What the request is charged with: its bytes on the wire. */
  bytes = 0;
  /** Redis's text for what is wrong, without `ERR Protocol error: `. */
  error = '';
  /** The client has not given its password yet: its requests are bounded more tightly. */
  unauthenticated = false;

  #chunk: Buffer = EMPTY;
  #at = 0;
  /** Arguments still to come, the name included; 0 between requests. */
  #missing = 0;
  /** True until the name of the present request is known. */
  #nameMissing = false;
  /** Length of the bulk whose bytes are awaited, or -1 when its header is. */
  #bulkLength = -1;
  /** Chunks of a bulk that was not complete when its header came. */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  /** The last integer read; NaN when its digits are no integer. */
  #integer = 0;

  /** Hands over the next bytes of the stream; the parser keeps them, so they must not change. */
  feed(chunk: Buffer): void {
    if (this.#parts.length > 0) {
      this.#parts.push(chunk);
      this.#partsBytes += chunk.length;
    } else if (this.#at === this.#chunk.length) {
      this.#chunk = chunk;
      this.#at = 0;
    } else {
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
      this.#at = 0;
    }
  }

  /** What an unfinished request will take, as far as its headers tell; 0 between requests. */
  get requestBytes(): number {
    return this.#missing === 0 ? 0 : this.bytes;
  }

  /** What is held of bytes that make no request yet. Each argument costs some bytes beside its own. */
  get heldBytes(): number {
    if (this.#missing === 0) return this.#chunk.length - this.#at;
    const finished = this.bytes - Math.max(0, this.#bulkLength) + ARGUMENT_BYTES * this.args.length;
    return finished + this.#partsBytes + this.#chunk.length - this.#at;
  }

  next(): Parsed {
    if (this.error !== '') return 'error';
    if (this.#parts.length > 0 && !this.#joinParts()) return 'more';
    while (this.#missing === 0) {
      if (this.#at >= this.#chunk.length) return this.#more();
      const read = this.#chunk[this.#at] === STAR ? this.#beginArray() : this.#readInline();
      if (read !== 'nothing') return read;
    }
    return this.#readBulks();
  }

  /** Reads `*<count>`; a count below one means nothing, as in Redis. */
  #beginArray(): Parsed | 'nothing' {
    const from = this.#at;
    const end = this.#readInteger(from + 1);
    if (end < 0) return this.#lineIncomplete('too big mbulk count string');
    const count = this.#integer;
    if (!(count <= argumentsMax)) return this.#fail('invalid multibulk length');
    if (this.unauthenticated && count > unauthenticatedArgumentsMax) {
      return this.#fail('unauthenticated multibulk length');
    }
    this.#at = end;
    if (count <= 0) return 'nothing';
    this.#missing = count;
    this.#nameMissing = true;
    this.#bulkLength = -1;
    this.args = [];
    this.bytes = end - from;
    return 'nothing';
  }

  #readBulks(): Parsed {
    const chunk = this.#chunk;
    while (this.#missing > 0) {
      if (this.#bulkLength < 0) {
        const header = this.#readBulkHeader();
        if (header !== 'request') return header;
      }
      const start = this.#at;
      const length = this.#bulkLength;
      if (start + length + 2 > chunk.length) return this.#collectParts();
      // Redis does not look at the two bytes behind a bulk either: its length is what counts.
      const text = chunk.latin1Slice(start, start + length);
      if (this.#nameMissing) {
        this.name = text;
        this.#nameMissing = false;
      } else {
        this.args.push(text);
      }
      this.#at = start + length + 2;
      this.#bulkLength = -1;
      this.#missing -= 1;
    }
    return 'request';
  }

  #readBulkHeader(): Parsed {
    const chunk = this.#chunk;
    const from = this.#at;
    if (from >= chunk.length) return this.#more();
    if (chunk[from] !== DOLLAR) {
      return this.#fail(`expected '$', got '${chunk.latin1Slice(from, from + 1)}'`);
    }
    const end = this.#readInteger(from + 1);
    if (end < 0) return this.#lineIncomplete('too big bulk count string');
    const length = this.#integer;
    if (!(length >= 0 && length <= bulkBytesMax)) return this.#fail('invalid bulk length');
    if (this.unauthenticated && length > unauthenticatedBulkBytesMax) {
      return this.#fail('unauthenticated bulk length');
    }
    this.bytes += end - from + length + 2;
    if (this.bytes > requestBytesMax) return this.#fail(`too big request, over ${requestBytesMax} bytes`);
    this.#bulkLength = length;
    this.#at = end;
    return 'request';
  }

  /** Answers the offset behind the line that starts at `at`, with its integer in `#integer`; -1 when it has not ended. */
  #readInteger(at: number): number {
    const chunk = this.#chunk;
    const length = chunk.length;
    const negative = chunk[at] === MINUS;
    const first = negative ? at + 1 : at;
    let value = 0;
    let i = first;
    for (; i < length; i += 1) {
      const digit = (chunk[i] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    let end = i;
    if (i < length && chunk[i] !== CR) end = chunk.indexOf(CR, i);
    if (end < 0 || end + 1 >= length) return -1;
    const leadingZero = chunk[first] === ZERO && (i > first + 1 || negative);
    const sound = i > first && end === i && i - first <= DIGITS_MAX && !leadingZero;
    this.#integer = sound ? (negative ? -value : value) : Number.NaN;
    return end + 2;
  }

  #readInline(): Parsed | 'nothing' {
    const chunk = this.#chunk;
    const start = this.#at;
    // Waiting for a line's end that never comes is what a client with the wrong settings could make nothing of.
    if (chunk[start] === TLS_HANDSHAKE) return this.#fail('this port speaks no TLS');
    const newline = chunk.indexOf(LF, start);
    if (newline < 0) return this.#lineIncomplete('too big inline request');
    const end = newline > start && chunk[newline - 1] === CR ? newline - 1 : newline;
    const words = splitInlineCommand(chunk.latin1Slice(start, end));
    if (words === undefined) return this.#fail('unbalanced quotes in request');
    this.#at = newline + 1;
    const name = words.shift();
    if (name === undefined) return 'nothing';
    this.bytes = newline + 1 - start;
    this.name = name;
    this.args = words;
    return 'request';
  }

  /** Everything is used up: lets the chunk go, so that an idle connection holds none. */
  #more(): Parsed {
    this.#chunk = EMPTY;
    this.#at = 0;
    return 'more';
  }

  #lineIncomplete(tooLong: string): Parsed {
    const unread = this.#chunk.length - this.#at;
    if (unread > lineBytesMax) return this.#fail(tooLong);
    // A few bytes must not keep a whole chunk alive until the client sends the rest.
    if (this.#at > 0) this.#chunk = Buffer.from(this.#chunk.subarray(this.#at));
    this.#at = 0;
    return 'more';
  }

  #collectParts(): Parsed {
    const rest = this.#chunk.subarray(this.#at);
    this.#parts.push(rest.length < this.#chunk.length / 4 ? Buffer.from(rest) : rest);
    this.#partsBytes = rest.length;
    return this.#more();
  }

  #joinParts(): boolean {
    if (this.#partsBytes < this.#bulkLength + 2) return false;
    this.#chunk = Buffer.concat(this.#parts, this.#partsBytes);
    this.#at = 0;
    this.#parts = [];
    this.#partsBytes = 0;
    return true;
  }

  #fail(error: string): Parsed {
    this.error = error;
    this.#chunk = EMPTY;
    this.#at = 0;
    this.#parts = [];
    return 'error';
  }
}

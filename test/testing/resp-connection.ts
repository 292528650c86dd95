/**
 * A Redis client that hides nothing: it sends a request once, never again, and hands out each reply
 * as the bytes that came. What a request's fate is when the connection breaks, only its caller can say.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inTime } from './deadline.ts';

/** A reply as it came, one character per byte; undefined when the connection ended before it. */
export type RawReply = string | undefined;

export class RespConnection {
  readonly #socket: Socket;
  #waiting: ((reply: RawReply) => void)[] = [];
  #received = '';
  #closed = false;

  /** Rejects when nobody listens there. */
  static async open(port: number, host = '127.0.0.1'): Promise<RespConnection> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new RespConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk.toString('latin1')));
    // 'close' follows, and tells the callers.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends one request; its reply comes in order. Words hold one character per byte. */
  ask(...words: readonly string[]): Promise<RawReply> {
    if (this.#closed) return Promise.resolve(undefined);
    this.#socket.write(request(words), 'latin1');
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends all requests in one write and resolves with their replies. */
  async pipeline(requests: readonly (readonly string[])[]): Promise<RawReply[]> {
    if (this.#closed) return requests.map(() => undefined);
    this.#socket.write(requests.map(request).join(''), 'latin1');
    const replies = requests.map(() => new Promise<RawReply>((resolve) => this.#waiting.push(resolve)));
    return await inTime('a pipeline is answered', Promise.all(replies));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    let start = 0;
    for (;;) {
      const end = endOfReply(this.#received, start);
      if (end === undefined) break;
      this.#waiting.shift()?.(this.#received.slice(start, end));
      start = end;
    }
    this.#received = this.#received.slice(start);
  }
}

/** A RESP2 reply as a value: an error as `Error`, so that it can't be taken for a text. */
export type ReplyValue = string | number | null | Error | readonly ReplyValue[];

export function valueOf(raw: string): ReplyValue {
  return readValue(raw, 0).value;
}

function request(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** Where the reply that begins at `start` ends; undefined while a part of it is missing. */
function endOfReply(text: string, start: number): number | undefined {
  const lineEnd = text.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const kind = text[start];
  const count = Number(text.slice(start + 1, lineEnd));
  let end: number | undefined = lineEnd + 2;
  if (kind === '$' && count >= 0) {
    end += count + 2;
    return end <= text.length ? end : undefined;
  }
  const elements = kind === '*' ? count : 0;
  for (let element = 0; element < elements && end !== undefined; element += 1) end = endOfReply(text, end);
  return end;
}

function readValue(text: string, start: number): { value: ReplyValue; end: number } {
  const lineEnd = text.indexOf('\r\n', start);
  const line = text.slice(start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (text[start]) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$': {
      const length = Number(line);
      return length < 0
        ? { value: null, end }
        : { value: text.slice(end, end + length), end: end + length + 2 };
    }
    case '*': {
      if (line === '-1') return { value: null, end };
      const elements: ReplyValue[] = [];
      let next = end;
      while (elements.length < Number(line)) {
        const element = readValue(text, next);
        elements.push(element.value);
        next = element.end;
      }
      return { value: elements, end: next };
    }
    default:
      throw new Error(`not a RESP2 reply: ${JSON.stringify(text.slice(start, start + 80))}`);
  }
}

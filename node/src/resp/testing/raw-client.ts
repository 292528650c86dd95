/** A client that knows nothing of the protocol: bytes out, bytes in, and waiting for them with a deadline. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const DEADLINE_MS = 10_000;
const SHORT = 4096;

export class RawClient {
  readonly socket: Socket;
  received = '';
  closed = false;
  #changed: () => void = () => undefined;

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  /** Sends inline commands or whole requests as they stand. */
  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves when exactly this has come since the last call, and forgets it; rejects when something else has. */
  async expect(text: string): Promise<void> {
    // A short wrong answer, an error mostly, fails at once; long ones are compared when they are all there.
    const wrong = (): boolean => this.received.length < SHORT && !text.startsWith(this.received);
    await this.#until(() => this.received.length >= text.length || wrong(), text);
    if (this.received !== text) throw new Error(`expected ${show(text)}, got ${show(this.received)}`);
    this.received = '';
  }

  /** Sends, and expects. */
  async ask(text: string, reply: string): Promise<void> {
    this.send(text);
    await this.expect(reply);
  }

  /** Resolves with everything received since the last call once it matches. */
  async expectMatch(pattern: RegExp): Promise<string> {
    await this.#until(() => pattern.test(this.received), String(pattern));
    const text = this.received;
    this.received = '';
    return text;
  }

  async expectClosed(): Promise<void> {
    await this.#until(() => this.closed, 'the end of the connection');
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!done()) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 || this.closed) {
        throw new Error(
          `waited for ${show(what)}, got ${show(this.received)}${this.closed ? ', closed' : ''}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** A request as clients send it. */
export function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

function show(text: string): string {
  return JSON.stringify(text.length > 400 ? `${text.slice(0, 400)}…` : text);
}

/**
 * A client that writes as fast as it is answered, and does what a client should: what was *not done* it sends again, at once and
 * on the same connection. Any other answer but OK, and a connection that breaks, is a failed write, and ends the bench.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const OK = '+OK\r\n';
const NOT_DONE = '-CLUSTERDOWN ';

export class Writer {
  /** Writes that were sent again. */
  retries = 0;
  readonly #socket: Socket;
  readonly #request: string;
  readonly #acknowledged: () => void;
  readonly #ended: Promise<void>;
  #answer = '';
  #stopping = false;

  /** Rejects when nobody listens there. */
  static async open(port: number, key: string, acknowledged: () => void): Promise<Writer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Writer(socket, key, acknowledged);
  }

  private constructor(socket: Socket, key: string, acknowledged: () => void) {
    this.#socket = socket;
    this.#acknowledged = acknowledged;
    this.#request = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$16\r\n${'x'.repeat(16)}\r\n`;
    this.#ended = new Promise((resolve, reject) => {
      socket.on('error', reject).on('close', () => {
        if (this.#stopping) resolve();
        else reject(new Error('a connection ended: the outcome of its write is unknown'));
      });
      socket.on('data', (chunk) => {
        try {
          this.#receive(chunk.toString('latin1'));
        } catch (error) {
          reject(error);
          socket.destroy();
        }
      });
    });
    socket.write(this.#request);
  }

  /** Rejects with the first write that failed; resolves after `stop`. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Writes no more when the present write is answered. */
  stop(): void {
    this.#stopping = true;
  }

  #receive(text: string): void {
    this.#answer += text;
    if (!this.#answer.endsWith('\r\n')) return;
    const answer = this.#answer;
    this.#answer = '';
    if (answer === OK) this.#acknowledged();
    else if (answer.startsWith(NOT_DONE)) this.retries += 1;
    else throw new Error(`a SET was answered ${JSON.stringify(answer)}`);
    if (this.#stopping) this.#socket.destroy();
    else this.#socket.write(this.#request);
  }
}

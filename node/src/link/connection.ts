/**
 * One WebSocket between two replicas, after the handshake: frames in order, a bounded queue, pings, and an
 * end that is told exactly once. The frames of one turn of the event loop leave in one system call.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';

import { WebSocket } from 'ws';
import type { RawData } from 'ws';

import type { Secret } from '../auth/secret.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { NodeError } from '../errors.ts';
import { parseFirstFrame } from './hello.ts';
import type { Purpose, Refusal } from './hello.ts';
import type { LinkTiming } from './link-timing.ts';
import { FRAME_BYTES_MAX } from './web-socket-options.ts';

/**
 * Bytes that may wait for the other side, on each connection: two of the largest frames. A peer that is
 * further behind catches up from the log, which costs no memory here.
 */
export const QUEUE_BYTES_MAX = 2 * FRAME_BYTES_MAX;

const SEND_OPTIONS = { binary: true, compress: false, fin: true } as const;
const PING_BYTES = 8;
/** RFC 6455: data of a kind that this end can't accept. */
const CLOSE_UNSUPPORTED = 1003;

/** One for all connections: it is told which one speaks, so that none needs closures of its own. */
export interface ConnectionOwner {
  /** The bytes belong to the receiver of the call. */
  frame(connection: Connection, bytes: Uint8Array): void;
  roundTrip(connection: Connection, durationMs: number): void;
  /** The other side turns this one away, after all; `ended` follows. */
  refused(connection: Connection, refusal: Refusal): void;
  /** Once per connection, and nothing after it. */
  ended(connection: Connection, reason: string): void;
}

export interface ConnectionFacts {
  readonly peer: ReplicaId;
  readonly purpose: Purpose;
  /** The other side's process, from its hello. */
  readonly process: string;
  /** True when the end with the lower replica id opened it. */
  readonly dialledByLower: boolean;
  readonly dialledHere: boolean;
  /** Those that both ends know; empty when none are in use. */
  readonly secrets: readonly Secret[];
}

export class Connection {
  readonly facts: ConnectionFacts;
  readonly sinceMs = performance.now();
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #timing: LinkTiming;
  #ended = false;
  #corked = false;
  #bytesHeard = 0;
  #silentBeats = 0;

  constructor(
    facts: ConnectionFacts,
    webSocket: WebSocket,
    socket: Socket,
    owner: ConnectionOwner,
    timing: LinkTiming,
  ) {
    this.facts = facts;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#owner = owner;
    this.#timing = timing;
    webSocket.on('message', (data, isBinary) => {
      this.#received(data, isBinary);
    });
    webSocket.on('pong', (data) => {
      this.#ponged(data);
    });
    webSocket.on('error', (error) => {
      this.end(error.message);
    });
    webSocket.on('close', () => {
      this.end('closed');
    });
    // A killed process sends FIN or RST at once. `ws` would first finish writing; who waits for the news
    // (an election) does not.
    socket.on('error', (error) => {
      this.end(error.message);
    });
    socket.on('end', () => {
      this.end('closed by the other side');
    });
  }

  get open(): boolean {
    return !this.#ended && this.#webSocket.readyState === WebSocket.OPEN;
  }

  /** False when it is closed or its queue is full; the frame is then dropped. `sent`: see `Links.sendBulk`. */
  send(frame: Uint8Array, sent?: () => void): boolean {
    assert.ok(frame.length <= FRAME_BYTES_MAX, 'a frame fits FRAME_BYTES_MAX');
    if (!this.open || this.#webSocket.bufferedAmount > QUEUE_BYTES_MAX) return false;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(uncork, this);
    }
    this.#webSocket.send(frame, SEND_OPTIONS, sent);
    return true;
  }

  /** Lets go what `send` has gathered in this turn. */
  uncork(): void {
    this.#corked = false;
    this.#socket.uncork();
  }

  /**
   * To be called every `pingIntervalMs`. Silence is counted in these calls and not by the clock: after a
   * stall of this process the bytes that arrived meanwhile are read before the next call, so nobody is cut
   * for our own absence. Any byte counts, so a large frame on a slow network is not silence.
   */
  beat(): void {
    if (!this.open) return;
    const bytesHeard = this.#socket.bytesRead;
    this.#silentBeats = bytesHeard === this.#bytesHeard ? this.#silentBeats + 1 : 0;
    this.#bytesHeard = bytesHeard;
    if (this.#silentBeats * this.#timing.pingIntervalMs >= this.#timing.silenceMsMax) {
      this.end(`silent for ${this.#timing.silenceMsMax} ms`);
      return;
    }
    const sentMs = Buffer.allocUnsafe(PING_BYTES);
    sentMs.writeDoubleLE(performance.now());
    this.#webSocket.ping(sentMs);
  }

  /** Cuts the connection; the owner is told before this returns, unless it has been told before. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#webSocket.terminate();
    this.#owner.ended(this, reason);
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#ended) return;
    // `ws` gives a Buffer, our binaryType being its default.
    const bytes = data as Buffer;
    if (isBinary) this.#owner.frame(this, bytes);
    else this.#receivedText(bytes.toString('utf8'));
  }

  /** After the hello only a late refusal is text: the end that dialled may turn away our hello. */
  #receivedText(text: string): void {
    const refusal = refusalIn(text);
    if (refusal !== undefined) {
      this.#owner.refused(this, refusal);
      return this.end(`refused by the other side: ${refusal.reason}`);
    }
    this.#webSocket.close(CLOSE_UNSUPPORTED, 'a text frame after the hello');
    // The close frame is in the kernel's buffer by now, and leaves before the socket is destroyed.
    this.end('the other side sent a text frame after its hello');
  }

  #ponged(data: Buffer): void {
    if (this.#ended || data.length !== PING_BYTES) return;
    const durationMs = performance.now() - data.readDoubleLE(0);
    // The payload came back over the network: a wrong one is worth no more than no measurement.
    if (durationMs >= 0 && durationMs < Number.MAX_SAFE_INTEGER) this.#owner.roundTrip(this, durationMs);
  }
}

function uncork(connection: Connection): void {
  connection.uncork();
}

function refusalIn(text: string): Refusal | undefined {
  try {
    const frame = parseFirstFrame(text);
    return frame.kind === 'refused' ? frame : undefined;
  } catch (error) {
    if (error instanceof NodeError) return undefined;
    throw error;
  }
}

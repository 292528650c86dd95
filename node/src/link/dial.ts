/** One attempt to open a connection to a peer: name, TCP, upgrade, hello, within one time limit. */
import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import type { Socket } from 'node:net';

import { WebSocket } from 'ws';

import { receiveFirstFrame } from './first-frame.ts';
import type { FirstFrameOutcome } from './first-frame.ts';
import { encodeHello } from './hello.ts';
import type { Hello } from './hello.ts';
import { resolveHost } from './resolve-host.ts';
import { PEER_PATH, WEB_SOCKET_OPTIONS, discard, zeroMask } from './web-socket-options.ts';

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Counts attempts: a name with several addresses is tried at another one each time. */
  readonly attempt: number;
  readonly timeoutMs: number;
}

export type Dialled =
  /** Nobody answered, or not in time. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The other side's first frame. The connection is open and without listeners: the receiver owns it. */
  | {
      readonly kind: 'answered';
      readonly answer: Answer;
      readonly webSocket: WebSocket;
      readonly socket: Socket;
    };

export type Answer = Exclude<FirstFrameOutcome, { readonly kind: 'failed' }>;

/**
 * Calls `done` once, in a later turn; not any more after a call of the function that it returns, which
 * ends the attempt. `hello` is asked when the connection is open.
 */
export function dial(target: DialTarget, hello: () => Hello, done: (dialled: Dialled) => void): () => void {
  const attempt = new Attempt(target, hello, done);
  attempt.start();
  return () => {
    attempt.abandon();
  };
}

class Attempt {
  readonly #target: DialTarget;
  readonly #hello: () => Hello;
  readonly #done: (dialled: Dialled) => void;
  #timer: NodeJS.Timeout | undefined;
  #cancelResolving: (() => void) | undefined;
  #webSocket: WebSocket | undefined;
  #socket: Socket | undefined;
  #settled = false;

  constructor(target: DialTarget, hello: () => Hello, done: (dialled: Dialled) => void) {
    this.#target = target;
    this.#hello = hello;
    this.#done = done;
  }

  start(): void {
    const { host, timeoutMs } = this.#target;
    this.#timer = setTimeout(() => {
      this.#fail(`no hello within ${timeoutMs} ms`);
    }, timeoutMs);
    this.#cancelResolving = resolveHost(host, (error, addresses) => {
      const address = addresses[this.#target.attempt % addresses.length];
      if (address === undefined) this.#fail(error?.message ?? `${host} has no address`);
      else this.#connect(address);
    });
  }

  abandon(): void {
    this.#settled = true;
    this.#tearDown();
  }

  #connect(address: string): void {
    const authority = isIPv6(address) ? `[${address}]` : address;
    const webSocket = new WebSocket(`ws://${authority}:${this.#target.port}${PEER_PATH}`, {
      ...WEB_SOCKET_OPTIONS,
      generateMask: zeroMask,
    });
    this.#webSocket = webSocket;
    webSocket.once('upgrade', (response) => {
      this.#socket = response.socket;
      response.socket.setNoDelay(true);
    });
    webSocket.once('open', () => {
      webSocket.send(encodeHello(this.#hello()));
    });
    receiveFirstFrame(webSocket, (outcome) => {
      if (this.#settled) return;
      if (outcome.kind === 'failed') return this.#fail(outcome.reason);
      assert.ok(this.#socket !== undefined, 'a frame comes after the upgrade');
      this.#settle({ kind: 'answered', answer: outcome, webSocket, socket: this.#socket });
    });
  }

  #fail(reason: string): void {
    if (this.#settled) return;
    this.#tearDown();
    this.#settle({ kind: 'failed', reason });
  }

  #settle(dialled: Dialled): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#done(dialled);
  }

  #tearDown(): void {
    clearTimeout(this.#timer);
    this.#cancelResolving?.();
    if (this.#webSocket !== undefined) discard(this.#webSocket);
  }
}

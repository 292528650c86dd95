/** One attempt to open a connection to a peer: name, TCP, TLS, upgrade, hello, proofs, within one time limit. */
import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

import { WebSocket } from 'ws';

import type { Secret } from '../auth/secret.ts';
import { receiveFirstFrame, receiveProofs } from './first-frame.ts';
import type { FirstFrameOutcome } from './first-frame.ts';
import { encodeHello, mismatchOf } from './hello.ts';
import type { Hello } from './hello.ts';
import { channelOf, encodeProofs, secretsProven } from './proof.ts';
import type { Transcript } from './proof.ts';
import { resolveHost } from './resolve-host.ts';
import { PEER_PATH, WEB_SOCKET_OPTIONS, discard, zeroMask } from './web-socket-options.ts';

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** Counts attempts: a name with several addresses is tried at another one each time. */
  readonly attempt: number;
  readonly timeoutMs: number;
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
  /** One of them must be proven by both ends; empty: nothing is proven. */
  readonly secrets: readonly Secret[];
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
      /** Those that the other side has proven to know. */
      readonly secrets: readonly Secret[];
    };

/** Said to a side whose proofs are those of no secret that is known here. */
export const WRONG_SECRET = {
  kind: 'garbled',
  reason: 'you and this replica have different cluster secrets (--cluster-secret-file)',
} as const;

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
    const { port, tls } = this.#target;
    const scheme = tls === undefined ? 'ws' : 'wss';
    const webSocket = new WebSocket(`${scheme}://${authority}:${port}${PEER_PATH}`, {
      ...WEB_SOCKET_OPTIONS,
      ...tls,
      generateMask: zeroMask,
    });
    let hello: Hello;
    let sent: string;
    this.#webSocket = webSocket;
    webSocket.once('upgrade', (response) => {
      this.#socket = response.socket;
      response.socket.setNoDelay(true);
    });
    webSocket.once('open', () => {
      hello = this.#hello();
      sent = encodeHello(hello);
      webSocket.send(sent);
    });
    receiveFirstFrame(webSocket, (outcome) => {
      if (this.#settled) return;
      if (outcome.kind === 'failed') return this.#fail(this.#hinted(outcome.reason));
      if (outcome.kind !== 'hello') return this.#answered(webSocket, outcome, []);
      const mismatch = mismatchOf(hello, outcome.hello);
      if (mismatch !== undefined) {
        this.#answered(webSocket, { kind: 'garbled', reason: mismatch }, []);
      } else if (hello.nonce === undefined) {
        this.#answered(webSocket, outcome, []);
      } else this.#prove(webSocket, outcome, sent);
    });
  }

  /** The other side proves itself first: a stranger that we call gets nothing from us that a secret went into. */
  #prove(webSocket: WebSocket, answer: Extract<Answer, { readonly kind: 'hello' }>, sent: string): void {
    const { secrets } = this.#target;
    receiveProofs(webSocket, (outcome) => {
      if (this.#settled) return;
      if (outcome.kind === 'failed') return this.#fail(outcome.reason);
      if (outcome.kind !== 'proofs') return this.#answered(webSocket, outcome, []);
      const channel = channelOf(this.#openSocket());
      const transcript: Transcript = { dialler: sent, acceptor: answer.text, channel };
      const proven = secretsProven(secrets, 'acceptor', transcript, outcome.proofs);
      if (proven.length === 0) return this.#answered(webSocket, WRONG_SECRET, []);
      webSocket.send(encodeProofs(secrets, 'dialler', transcript));
      this.#answered(webSocket, answer, proven);
    });
  }

  #answered(webSocket: WebSocket, answer: Answer, secrets: readonly Secret[]): void {
    this.#settle({ kind: 'answered', answer, webSocket, socket: this.#openSocket(), secrets });
  }

  #openSocket(): Socket {
    assert.ok(this.#socket !== undefined, 'a frame comes after the upgrade');
    return this.#socket;
  }

  /** The usual mistake behind a connection that ends before its hello. */
  #hinted(reason: string): string {
    if (this.#target.tls !== undefined) return `${reason} (this replica speaks TLS: does the other one?)`;
    return reason.endsWith('400') ? `${reason} (it may want TLS: see --tls-cert-file)` : reason;
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

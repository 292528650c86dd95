/**
 * The peer port. Whoever connects has a short time to send a hello; until then it holds one of a bounded
 * number of places and may send a bounded number of bytes.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

import { receiveFirstFrame } from './first-frame.ts';
import { HELLO_BYTES_MAX } from './hello.ts';
import type { Hello } from './hello.ts';
import type { LinkTiming } from './link-timing.ts';
import { PEER_PATH, WEB_SOCKET_OPTIONS, discard, refuse } from './web-socket-options.ts';

/** Connections without a hello. Three per peer of the largest cluster, and a few hundred sockets at most. */
export const PENDING_CONNECTIONS_MAX = 256;

/** An upgrade request is about 200 bytes. */
const HEADER_BYTES_MAX = 4_096;
/** All of what may come before we answer a hello: it, twice, so that one too long is refused by name. */
const UNGREETED_BYTES_MAX = HEADER_BYTES_MAX + 2 * HELLO_BYTES_MAX;

export interface AcceptorOwner {
  /** A hello of our version. `admit` ends the time limit; without it the connection is cut soon. */
  greeted(hello: Hello, webSocket: WebSocket, socket: Socket, admit: () => void): void;
  /** `from` is an address, for a log line. */
  refused(from: string, reason: string): void;
  failed(error: Error): void;
}

export class Acceptor {
  readonly #owner: AcceptorOwner;
  readonly #timing: LinkTiming;
  readonly #server: Server;
  readonly #webSocketServer: WebSocketServer;
  readonly #sockets = new Set<Socket>();
  /** In the order of their arrival. */
  readonly #pending = new Map<Socket, NodeJS.Timeout>();

  constructor(owner: AcceptorOwner, timing: LinkTiming) {
    this.#owner = owner;
    this.#timing = timing;
    this.#webSocketServer = new WebSocketServer({
      ...WEB_SOCKET_OPTIONS,
      noServer: true,
      path: PEER_PATH,
      clientTracking: false,
    });
    this.#server = createServer({ maxHeaderSize: HEADER_BYTES_MAX, noDelay: true, keepAlive: false });
    this.#server.on('connection', (socket) => {
      this.#connected(socket);
    });
    this.#server.on('request', (_request, response) => {
      response.writeHead(426, { 'Content-Type': 'text/plain', Connection: 'close' });
      response.end('This port is for the other replicas.\n');
    });
    this.#server.on('clientError', (_error, socket) => {
      socket.destroy();
    });
    this.#server.on('upgrade', (request, stream, head) => {
      this.#upgrade(request, stream, head);
    });
  }

  /** Tells the port that it listens on, which differs from `port` when that is 0. */
  listen(host: string, port: number, done: (error: Error | undefined, port: number) => void): void {
    const failed = (error: Error) => {
      done(error, port);
    };
    this.#server.once('error', failed);
    this.#server.listen(port, host, () => {
      this.#server.off('error', failed);
      this.#server.on('error', (error) => {
        this.#owner.failed(error);
      });
      const address = this.#server.address();
      done(undefined, typeof address === 'object' && address !== null ? address.port : port);
    });
  }

  /** Cuts every connection that came in here; `done` when the port is free. */
  close(done: () => void): void {
    // An error here says that it was not listening, which is what the caller wants.
    this.#server.close(() => {
      done();
    });
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(socket: Socket): void {
    if (this.#pending.size >= PENDING_CONNECTIONS_MAX) this.#dropOldest();
    const timer = setTimeout(() => {
      socket.destroy();
    }, this.#timing.handshakeMsMax);
    this.#sockets.add(socket);
    this.#pending.set(socket, timer);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#settle(socket);
    });
  }

  /** A flood of strangers costs the oldest its place: a replica needs only a few round trips of it. */
  #dropOldest(): void {
    for (const socket of this.#pending.keys()) {
      this.#settle(socket);
      socket.destroy();
      return;
    }
  }

  #settle(socket: Socket): void {
    clearTimeout(this.#pending.get(socket));
    this.#pending.delete(socket);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const socket = request.socket;
    const from = socket.remoteAddress ?? 'an unknown address';
    const limitBytes = () => {
      if (socket.bytesRead > UNGREETED_BYTES_MAX) socket.destroy();
    };
    this.#webSocketServer.handleUpgrade(request, stream, head, (webSocket) => {
      socket.prependListener('data', limitBytes);
      receiveFirstFrame(webSocket, (outcome) => {
        socket.off('data', limitBytes);
        if (outcome.kind === 'hello') {
          this.#owner.greeted(outcome.hello, webSocket, socket, () => {
            this.#settle(socket);
          });
          return;
        }
        if (outcome.kind === 'garbled') {
          this.#owner.refused(from, outcome.reason);
          refuse(webSocket, { reason: outcome.reason });
        } else discard(webSocket);
      });
    });
  }
}

/**
 * The peer port. Whoever connects has a short time to send a hello; until then it holds one of a bounded
 * number of places and may send a bounded number of bytes.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

import type { Tls } from '../tls/tls.ts';
import { receiveFirstFrame } from './first-frame.ts';
import { HELLO_BYTES_MAX } from './hello.ts';
import type { Hello } from './hello.ts';
import type { LinkTiming } from './link-timing.ts';
import { PEER_PATH, WEB_SOCKET_OPTIONS, discard, refuse } from './web-socket-options.ts';

/** What a plain HTTP or WebSocket client hears at a port that speaks TLS. */
const PLAIN_ANSWER =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis port speaks TLS.\n';

/** Connections without a hello. Three per peer of the largest cluster, and a few hundred sockets at most. */
export const PENDING_CONNECTIONS_MAX = 256;

/** An upgrade request is about 200 bytes. */
const HEADER_BYTES_MAX = 4_096;
const HTTP_OPTIONS = { maxHeaderSize: HEADER_BYTES_MAX, noDelay: true, keepAlive: false } as const;
/** All of what may come before a peer is admitted: a hello, and one again, so that one too long is refused by name. */
const UNGREETED_BYTES_MAX = HEADER_BYTES_MAX + 2 * HELLO_BYTES_MAX;

export interface Greeting {
  readonly hello: Hello;
  /** As it came. */
  readonly text: string;
}

export interface AcceptorOwner {
  /** A hello of our version. `admit` ends the limits of time and bytes; without it the connection is cut soon. */
  greeted(greeting: Greeting, webSocket: WebSocket, socket: Socket, admit: () => void): void;
  /** `from` is an address, for a log line. */
  refused(from: string, reason: string): void;
  failed(error: Error): void;
}

interface Pending {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
}

export class Acceptor {
  readonly #owner: AcceptorOwner;
  readonly #timing: LinkTiming;
  readonly #server: Server;
  readonly #webSocketServer: WebSocketServer;
  readonly #sockets = new Set<Socket>();
  /** In the order of their arrival, by the name that a TLS socket shares with the plain one below it. */
  readonly #pending = new Map<string, Pending>();

  constructor(owner: AcceptorOwner, timing: LinkTiming, tls: Tls | undefined) {
    this.#owner = owner;
    this.#timing = timing;
    this.#webSocketServer = new WebSocketServer({
      ...WEB_SOCKET_OPTIONS,
      noServer: true,
      path: PEER_PATH,
      clientTracking: false,
    });
    this.#server = tls === undefined ? createServer(HTTP_OPTIONS) : this.#secureServer(tls);
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

  #secureServer(tls: Tls): Server {
    const server = createSecureServer({ ...HTTP_OPTIONS, ...tls.serverOptions('replicas') });
    tls.guard(server, 'replicas', PLAIN_ANSWER);
    server.on('tlsClientError', (error, socket) => {
      const reason = certificateFault(socket) ?? error.message;
      this.#owner.refused(socket.remoteAddress ?? UNKNOWN_ADDRESS, `no TLS with it: ${reason}`);
    });
    return server;
  }

  #connected(socket: Socket): void {
    if (this.#pending.size >= PENDING_CONNECTIONS_MAX) this.#dropOldest();
    const timer = setTimeout(() => {
      socket.destroy();
    }, this.#timing.handshakeMsMax);
    const name = nameOf(socket);
    this.#sockets.add(socket);
    this.#pending.set(name, { socket, timer });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#pending.get(name)?.socket === socket) this.#settle(name);
    });
  }

  /** A flood of strangers costs the oldest its place: a replica needs only a few round trips of it. */
  #dropOldest(): void {
    for (const [name, { socket }] of this.#pending) {
      this.#settle(name);
      socket.destroy();
      return;
    }
  }

  #settle(name: string): void {
    clearTimeout(this.#pending.get(name)?.timer);
    this.#pending.delete(name);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const socket = request.socket;
    const name = nameOf(socket);
    const from = socket.remoteAddress ?? UNKNOWN_ADDRESS;
    let admitted = false;
    // Behind the listener of `ws`, so that an admission in this very chunk counts: more may come right behind a proof.
    const limitBytes = () => {
      if (!admitted && socket.bytesRead > UNGREETED_BYTES_MAX) socket.destroy();
    };
    const admit = () => {
      admitted = true;
      socket.off('data', limitBytes);
      this.#settle(name);
    };
    this.#webSocketServer.handleUpgrade(request, stream, head, (webSocket) => {
      socket.on('data', limitBytes);
      receiveFirstFrame(webSocket, (outcome) => {
        if (outcome.kind === 'hello') this.#owner.greeted(outcome, webSocket, socket, admit);
        else if (outcome.kind === 'garbled') {
          this.#owner.refused(from, outcome.reason);
          refuse(webSocket, { reason: outcome.reason });
        } else discard(webSocket);
      });
    });
  }
}

const UNKNOWN_ADDRESS = 'an unknown address';

/** No two open connections to one port have the same. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** What is wrong with the certificate that was shown, if that is it: Node.js says a code, whatever its declarations say. */
function certificateFault(socket: TLSSocket): string | undefined {
  const fault: unknown = socket.authorizationError;
  if (fault instanceof Error) return `its certificate is refused: ${fault.message}`;
  return typeof fault === 'string' ? `its certificate is refused: ${fault}` : undefined;
}

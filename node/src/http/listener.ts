/**
 * A listening HTTP server with its limits, around a function that answers requests. What never becomes a
 * request (bad syntax, oversized headers, a client that is too slow) is answered here.
 */
import { createServer, type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Observer } from '../observe/events.ts';
import type { Callers, Tls } from '../tls/tls.ts';
import { problemBody } from './problem.ts';
import { splitTarget } from './query.ts';
import { type RequestHandler, RequestTurns } from './request-turns.ts';
import { UnreadAnswers } from './unread-answers.ts';

/** A key of 64 KiB, with each byte written as `%XX`, and 16 KiB for the rest, which is Node.js's default. */
const HEADER_BYTES_MAX = 3 * 64 * 1024 + 16 * 1024;

/** A client that has not sent its headers by then is not going to. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How often those two times are looked at: Node.js does it every 30 s, longer than the first of them. */
const TIMEOUT_CHECK_MS = 1_000;

/** 8 MiB in this time is 140 KiB/s: slower clients are cut off, so that they can't hold memory for ever. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Longer than the 60 s after which common load balancers drop an idle connection themselves. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Each costs about 20 KiB here; more than this and the replica's own work would suffer. */
const CONNECTIONS_MAX = 10_000;

/** How long a client may take to read why it was refused, while what it still sends is dropped. */
const REFUSED_GRACE_MS = 1_000;

/** So long idle connections stay open when the port closes: a request that is on its way has come by then. */
const LINGER_MS = 100;
/** And so long if anything has come within this time: clients are about to ask again. */
const ACTIVE_MS = 1_000;
/** How often is looked whether all connections are gone. */
const LINGER_STEP_MS = 20;

/** How long `close` lets requests finish. */
const CLOSE_GRACE_MS = 5_000;

const SERVER_OPTIONS = {
  maxHeaderSize: HEADER_BYTES_MAX,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  noDelay: true,
};

/** Over which channel requests come, and from whom. */
export interface SecurePort {
  readonly tls: Tls;
  readonly callers: Callers;
}

/** The port that is listened on, or the system's error. */
export type Listened = (error: Error | undefined, port: number) => void;

export interface ListenerOptions {
  /** Under which name `observer` hears of the connections. */
  readonly door: 'http' | 'admin';
  readonly observer: Observer | undefined;
  /** Undefined: no TLS. */
  readonly secure: SecurePort | undefined;
  /** WebSockets may begin here only; elsewhere such a request is one like any other. */
  readonly upgradePath?: string;
  /** Targets of requests that are answered before others. */
  readonly first?: ReadonlySet<string>;
  readonly headersTimeoutMs?: number;
}

export class HttpListener {
  readonly #server: Server;
  /** Connections on which an answer is under way. */
  readonly #answering = new WeakSet<Socket>();
  readonly #refused = new WeakSet<Socket>();
  readonly #unread: UnreadAnswers;
  #closing = false;
  #requestAtMs = Number.NEGATIVE_INFINITY;
  /** Nobody is listened to any more, on no connection that is idle. */
  #isDeaf = false;

  constructor(handle: RequestHandler, options: ListenerOptions) {
    const { door, first = new Set(), observer } = options;
    const turns = new RequestTurns((request, response) => {
      if (this.#unread.admit(response)) handle(request, response);
    }, first);
    this.#server = makeServer(options);
    this.#unread = new UnreadAnswers(observer);
    this.#server.on('connection', (socket) => {
      observer?.({ kind: 'clientOpened', door });
      socket.once('close', () => observer?.({ kind: 'clientClosed', door }));
    });
    this.#server.on('drop', () => observer?.({ kind: 'clientCut', reason: 'too-many' }));
    this.#server.on('request', (request, response) => {
      request.url = originForm(request.url ?? '/');
      this.#requestAtMs = performance.now();
      this.#answering.add(request.socket);
      response.once('close', () => {
        this.#answering.delete(request.socket);
        if (this.#isDeaf) this.#server.closeIdleConnections();
      });
      if (this.#closing) response.shouldKeepAlive = false;
      turns.take(request, response);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket as Socket));
    this.#server.on('upgrade', (request, socket, head) =>
      answerUpgrade(handle, request, socket as Socket, head),
    );
  }

  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // What else arrives on a connection that was refused is no request either.
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    // The client is gone, or an answer is under way that this one would break into, or no words can get through.
    const mute = !socket.writable || /^(?:ECONNRESET|ERR_SSL_|ERR_TLS_)/.test(error.code ?? '');
    if (mute || this.#answering.has(socket)) {
      socket.destroy();
      return;
    }
    socket.end(clientErrorAnswer(error));
    // Closing at once, with input unread, would reset the connection before the client sees the answer.
    const cut = setTimeout(() => socket.destroy(), REFUSED_GRACE_MS);
    socket.once('close', () => clearTimeout(cut));
  }

  /** Listens; completes with the port (the one that the system picked when asked for 0) or the error. */
  listen(host: string, port: number, done: Listened): void {
    const failed = (error: Error) => done(error, 0);
    this.#server.once('error', failed);
    this.#server.listen(port, host, () => {
      this.#server.off('error', failed);
      done(undefined, (this.#server.address() as AddressInfo).port);
    });
  }

  /** Lets requests finish for a while, those that come at once too, then cuts what is left; no connection is used again. */
  close(done: () => void): void {
    this.#closing = true;
    const cut = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    this.#linger(performance.now() - this.#requestAtMs < ACTIVE_MS ? ACTIVE_MS : LINGER_MS, () => {
      this.#isDeaf = true;
      this.#server.close(() => {
        clearTimeout(cut);
        done();
      });
    });
  }

  /** Who has sent a request and finds the connection closed does not know what became of it. */
  #linger(leftMs: number, then: () => void): void {
    this.#server.getConnections((_error, count) => {
      if (count === 0 || leftMs <= 0) return then();
      setTimeout(() => this.#linger(leftMs - LINGER_STEP_MS, then), LINGER_STEP_MS);
    });
  }
}

/** Whether a request wants to become a WebSocket. */
export function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Such a request goes the way of all requests, so that the same rules hold for it. A response means that it was refused. */
function answerUpgrade(handle: RequestHandler, request: IncomingMessage, socket: Socket, head: Buffer): void {
  request.url = originForm(request.url ?? '/');
  // The server has let go of this socket, and an error without a listener ends the process.
  socket.on('error', () => socket.destroy());
  if (head.length > 0) socket.unshift(head);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    socket.end();
    const cut = setTimeout(() => socket.destroy(), REFUSED_GRACE_MS);
    socket.once('close', () => clearTimeout(cut));
  });
  handle(request, response);
}

function makeServer({ secure, upgradePath, headersTimeoutMs = HEADERS_TIMEOUT_MS }: ListenerOptions): Server {
  const options = {
    ...SERVER_OPTIONS,
    headersTimeout: headersTimeoutMs,
    shouldUpgradeCallback: (request: IncomingMessage): boolean =>
      isWebSocketUpgrade(request) && splitTarget(originForm(request.url ?? '')).path === upgradePath,
  };
  if (secure === undefined) return createServer(options);
  const { tls, callers } = secure;
  const server = createSecureServer({ ...options, ...tls.serverOptions(callers) });
  tls.guard(server, callers, refusal(400, 'this port speaks TLS: ask with https://'));
  return server;
}

/** `GET http://host/path` means the same as `GET /path` (RFC 9112, section 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/') || !target.includes('://')) return target;
  const slash = target.indexOf('/', target.indexOf('://') + 3);
  return slash < 0 ? '/' : target.slice(slash);
}

function clientErrorAnswer(error: NodeJS.ErrnoException): string {
  const [status, detail] = CLIENT_ERRORS[error.code ?? ''] ?? [
    400,
    `the request is not HTTP: ${error.message}`,
  ];
  return refusal(status, detail);
}

/** An answer to what is no request, as it goes over the wire. */
function refusal(status: number, detail: string): string {
  const title = STATUS_CODES[status] ?? '';
  const body = problemBody({ status, name: 'bad-request', title, detail });
  return (
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, `the request line and the headers must be at most ${HEADER_BYTES_MAX} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
};

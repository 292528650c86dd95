/**
 * HTTP to the API server over one shared pool of kept-alive connections.
 *
 * `node:https` and not undici, because `KubeConfig.applyToHTTPSOptions` speaks its language (certificates,
 * server name, tokens as request options), and because its Agent keeps connections apart by certificate, so
 * rotated credentials need no new pool. HTTP/1.1, so that a watch has a connection of its own and a stuck one
 * blocks nobody. The library's own requests make an agent, and a TLS handshake, each time.
 */
import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { ClusterAccess } from './cluster-access.ts';
import { apiError, BadAnswer, ConnectionFailed, KubeError, RequestTimedOut } from './failures.ts';
import { Interruption } from './interruption.ts';
import { textLines } from './text-lines.ts';
import type { RuntimeObserver } from './runtime-event.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** A dozen watches, and every worker with a request or two: more would be a leak. */
const SOCKETS_MAX = 64;
/** What connections may idle; the API server closes them after some minutes. */
const IDLE_SOCKETS_MAX = 8;
/** Load balancers forget a silent connection after a minute at the earliest. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** The API server itself gives up after a minute; a list of some hundred objects takes milliseconds. */
const REQUEST_TIMEOUT_MS = 15_000;
/** A page of 500 objects of the largest size that etcd stores (1.5 MiB) is rare; half of that is a mistake. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

export interface HttpTransportOptions {
  readonly access: ClusterAccess;
  /** Program and version, for the API server's audit log. */
  readonly userAgent: string;
  readonly observer: RuntimeObserver;
}

export class HttpTransport implements Transport {
  readonly #access: ClusterAccess;
  readonly #userAgent: string;
  readonly #observer: RuntimeObserver;
  readonly #agent: http.Agent;

  constructor({ access, userAgent, observer }: HttpTransportOptions) {
    this.#access = access;
    this.#userAgent = userAgent;
    this.#observer = observer;
    const secure = access.server.protocol === 'https:';
    this.#agent = new (secure ? https.Agent : http.Agent)({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      maxSockets: SOCKETS_MAX,
      maxFreeSockets: IDLE_SOCKETS_MAX,
      scheduling: 'lifo',
    });
  }

  async request(request: ApiRequest): Promise<unknown> {
    const timed = new Timed(request);
    try {
      const body = await wholeBody(await this.#answered(request, timed));
      try {
        return JSON.parse(body);
      } catch (error) {
        throw new BadAnswer(`${asked(request)}: no JSON in the answer`, { cause: error });
      }
    } catch (error) {
      throw timed.translated(error);
    } finally {
      timed.release();
    }
  }

  async watch(request: ApiRequest): Promise<AsyncIterable<string>> {
    const timed = new Timed(request);
    try {
      const answer = await this.#answered(request, timed);
      timed.cancelTimer();
      return linesOf(answer, timed);
    } catch (error) {
      timed.release();
      throw timed.translated(error);
    }
  }

  /** Closes every connection, watches included. */
  close(): void {
    this.#agent.destroy();
  }

  /** The answer, from its headers on; refused, counted and retried here. */
  async #answered(request: ApiRequest, timed: Timed): Promise<IncomingMessage> {
    const startedMs = performance.now();
    let code = '<error>';
    try {
      const answer = await this.#sent(request, timed);
      const status = answer.statusCode ?? 0;
      code = String(status);
      if (status >= 400) {
        throw apiError(asked(request), status, await wholeBody(answer), answer.headers['retry-after']);
      }
      return answer;
    } finally {
      const durationMs = performance.now() - startedMs;
      const { host } = this.#access.server;
      this.#observer({ kind: 'requestDone', method: request.method, host, code, durationMs });
    }
  }

  async #sent(request: ApiRequest, timed: Timed): Promise<IncomingMessage> {
    const url = addressOf(this.#access.server, request);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const options = await this.#options(request, body, timed.signal);
    for (let stale = 0; ; stale += 1) {
      try {
        return await exchange(url, options, body);
      } catch (error) {
        // The server closed an idle connection just as we took it. It has not read this request, and if it
        // has, asking twice is harmless for all methods but POST. All idle ones may be closed by now.
        if (!(error instanceof StaleConnection) || request.method === 'POST' || stale > IDLE_SOCKETS_MAX) {
          throw error;
        }
      }
    }
  }

  async #options(
    request: ApiRequest,
    body: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<RequestOptions> {
    let credentials;
    try {
      credentials = await this.#access.credentials();
    } catch (error) {
      // A token file that is not there, a program for credentials that failed.
      throw new ConnectionFailed(`${asked(request)}: credentials`, error);
    }
    const { options, proxyAgent } = credentials;
    const headers = {
      ...(options.headers as OutgoingHttpHeaders | undefined),
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...(body === undefined ? {} : bodyHeaders(request, body)),
    };
    return { ...options, method: request.method, headers, agent: proxyAgent ?? this.#agent, signal };
  }
}

/** The length, since Node.js sends the body of a DELETE without any sign of where it ends. */
function bodyHeaders({ contentType = 'application/json' }: ApiRequest, body: Buffer): OutgoingHttpHeaders {
  return { 'content-type': contentType, 'content-length': body.length };
}

/** One request's time limit and its caller's wish to stop, and what to say when either ended it. */
class Timed extends Interruption {
  readonly #request: ApiRequest;

  constructor(request: ApiRequest) {
    super(request.signal);
    this.#request = request;
    const timeoutMs = request.timeoutMs ?? REQUEST_TIMEOUT_MS;
    this.interruptAfter(timeoutMs, () => new RequestTimedOut(asked(request), timeoutMs));
  }

  translated(error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    if (error instanceof KubeError) return error;
    return new ConnectionFailed(asked(this.#request), error);
  }
}

/** A kept connection turned out to be closed before any of the answer came. */
class StaleConnection extends Error {}

function exchange(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, options, resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    outgoing.end(body);
  });
}

async function wholeBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new BadAnswer(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function* linesOf(answer: IncomingMessage, timed: Timed): AsyncGenerator<string> {
  try {
    yield* textLines(answer as AsyncIterable<Buffer>);
  } catch (error) {
    throw timed.translated(error);
  } finally {
    timed.release();
    answer.destroy();
  }
}

function addressOf(server: URL, { path, query }: ApiRequest): URL {
  // A server behind a path of a proxy (`https://host/k8s/clusters/c1`) keeps that path.
  const url = new URL(server.pathname.replace(/\/$/, '') + path, server);
  url.search = new URLSearchParams(query).toString();
  return url;
}

function asked({ method, path }: ApiRequest): string {
  return `${method} ${path}`;
}

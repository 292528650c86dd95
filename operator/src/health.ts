/**
 * The operator's own port: `/healthz` for the kubelet (restart me), `/readyz` (I know what is going on),
 * `/metrics` for Prometheus. A check answers with a sentence when something is wrong.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Informer } from './kube/informer.ts';

/** What is wrong, or nothing. */
export type Check = () => string | undefined;

/** No caller of this port has a reason to be slower. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Two watches that were silent for too long one after the other: what is known may be wrong. */
const INFORMER_AGE_MAX_MS = 300_000;

export interface HealthServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** By name; each must pass, or the kubelet restarts the process. The API server's absence is no reason to. */
  readonly live: Readonly<Record<string, Check>>;
  readonly ready: Readonly<Record<string, Check>>;
  readonly registry: Registry;
}

export class HealthServer {
  readonly #server: http.Server;
  readonly #options: HealthServerOptions;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS;
  }

  /** Resolves with the port once it listens; rejects when it can't. */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://operator').pathname;
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
    if (path === '/healthz') return answerChecks(response, this.#options.live);
    if (path === '/readyz') return answerChecks(response, this.#options.ready);
    if (path !== '/metrics') return answer(response, 404, 'there are /healthz, /readyz and /metrics\n');
    const { registry } = this.#options;
    answer(response, 200, await registry.metrics(), registry.contentType);
  }
}

/** Ready once the informer has read everything, and as long as it keeps hearing of the API server. */
export function informerCheck(informer: Pick<Informer, 'hasSynced' | 'ageMs' | 'resource'>): Check {
  return () => {
    if (!informer.hasSynced) return `${informer.resource} have not been read yet`;
    const ageMs = informer.ageMs();
    if (ageMs <= INFORMER_AGE_MAX_MS) return undefined;
    return `nothing was heard of ${informer.resource} for ${Math.round(ageMs / 1_000)} s`;
  };
}

function answerChecks(response: ServerResponse, checks: Readonly<Record<string, Check>>): void {
  const lines: string[] = [];
  let isFine = true;
  for (const [name, check] of Object.entries(checks)) {
    const fault = check();
    if (fault !== undefined) isFine = false;
    lines.push(fault === undefined ? `[+] ${name} ok` : `[-] ${name}: ${fault}`);
  }
  lines.push(isFine ? 'ok' : 'failed', '');
  answer(response, isFine ? 200 : 503, lines.join('\n'));
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

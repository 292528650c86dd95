/** The stand-in for an API server on a loopback port, for tests in which the connection is the point. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { accessOf, type ClusterAccess } from '../src/kube/cluster-access.ts';
import type { FakeApiServer, Outcome } from './fake-api-server.ts';
import { Refused } from './refused.ts';
import { isWatch, type SeenRequest } from './requests.ts';

const TOKEN = 'fake-token';

export class FakeListener {
  readonly #server: FakeApiServer;
  readonly #http: http.Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  /** What bearers must show. */
  token = TOKEN;

  private constructor(server: FakeApiServer) {
    this.#server = server;
    this.#http = http.createServer((request, response) => void this.#serve(request, response));
    this.#http.on('connection', (socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(server: FakeApiServer): Promise<FakeListener> {
    const listener = new FakeListener(server);
    await new Promise<void>((resolve) => listener.#http.listen(0, '127.0.0.1', resolve));
    return listener;
  }

  /** Connections ever made. */
  get connections(): number {
    return this.#connections;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** By a token in the configuration, or by a file that holds it. */
  access(tokenFile?: string): ClusterAccess {
    return accessOf(this.#config(tokenFile));
  }

  /** The text of a file for other processes. */
  get kubeconfig(): string {
    return this.#config().exportConfig();
  }

  /** Closes the connections on which nothing is under way, as a server does with idle ones. */
  closeIdle(): void {
    this.#http.closeIdleConnections();
  }

  /** Breaks every connection. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cutAll();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #config(tokenFile?: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromOptions({
      // The client library takes an address without TLS only with this word.
      clusters: [{ name: 'fake', server: this.url, skipTLSVerify: true }],
      users: [
        tokenFile === undefined
          ? { name: 'fake', token: TOKEN }
          : { name: 'fake', authProvider: { name: 'tokenFile', config: { tokenFile } } },
      ],
      contexts: [{ name: 'fake', cluster: 'fake', user: 'fake', namespace: 'test' }],
      currentContext: 'fake',
    });
    return config;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await seenOf(request);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      answer(response, new Refused(401, 'Unauthorized', 'Unauthorized').answer);
    } else if (isWatch(seen)) {
      this.#watch(seen, response);
    } else {
      answer(response, this.#server.handle(seen));
    }
  }

  #watch(seen: SeenRequest, response: ServerResponse): void {
    const lines: string[] = [];
    const opened = this.#server.openWatch(seen, {
      line: (line) => (response.headersSent ? response.write(`${line}\n`) : lines.push(line)),
      end: () => response.end(),
      cut: () => response.destroy(),
    });
    if (typeof opened !== 'function') {
      answer(response, opened);
      return;
    }
    response.on('close', opened);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const line of lines) response.write(`${line}\n`);
  }
}

async function seenOf(request: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const body = await text(request);
  return {
    method: request.method as SeenRequest['method'],
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
    contentType: request.headers['content-type'] ?? 'application/json',
  };
}

function answer(response: ServerResponse, outcome: Outcome): void {
  if (outcome === 'hang') return;
  if (outcome === 'cut') {
    response.destroy();
    return;
  }
  response.writeHead(outcome.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(outcome.body));
}

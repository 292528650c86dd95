/**
 * A page with all clusters, and a way to each one's console, for a person who has forwarded this port to himself. It asks nobody who
 * he is, so it listens on the loopback alone: whoever gets there may forward ports of the operator's pod, which the API server has
 * decided. And it answers only to the names of the loopback, so that no page on the net can have a browser ask it under a
 * name of its own.
 *
 *     /                                        the page
 *     /clusters                                what it shows, as JSON
 *     /clusters/<namespace>/<name>/console/…   the console of that cluster: its page from here, what it shows from a replica
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PAXOS_CLUSTER } from '../controller/cluster-objects.ts';
import { forward, isData, LIVE } from './console-proxy.ts';
import { type Fleet, fleetOf } from './fleet-view.ts';
import { CONSOLE_FOLDER, FLEET_FOLDER, PAGE_NAME_HEADER, PAGE_HEADERS, readPage } from './page-files.ts';
import { ReplicaDoors, type ReplicaDoorsOptions } from './replica-door.ts';

const HOST = '127.0.0.1';
/** A browser has six for each origin; a few people at a time. */
const CONNECTIONS_MAX = 64;
const REQUEST_TIMEOUT_MS = 10_000;

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
const CONSOLE = /^\/clusters\/([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)\/console\/(.*)$/;

export interface FleetServerOptions extends ReplicaDoorsOptions {
  /** 0 for any free one. */
  readonly port: number;
}

export class FleetServer {
  readonly #options: FleetServerOptions;
  readonly #doors: ReplicaDoors;
  readonly #page = readPage(FLEET_FOLDER);
  readonly #consolePage = readPage(CONSOLE_FOLDER);
  readonly #server: http.Server;

  constructor(options: FleetServerOptions) {
    this.#options = options;
    this.#doors = new ReplicaDoors(options);
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS;
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Resolves with the port once it listens; rejects when it can't. */
  async start(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#options.port, HOST, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    if (!LOOPBACK.test(request.headers.host ?? '')) {
      return refuse(response, 421, 'this port is asked as localhost or 127.0.0.1');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'only GET');
    if (target === '/clusters') {
      const { cached } = this.#options;
      const fleet: Fleet = {
        clusters: fleetOf(cached.all(PAXOS_CLUSTER)),
        heardMsAgo: Math.round(cached.ageMs(PAXOS_CLUSTER)),
      };
      response.setHeader(PAGE_NAME_HEADER, this.#page.name);
      return send(response, 'application/json', Buffer.from(JSON.stringify(fleet)));
    }
    const [, namespace, name, rest] = CONSOLE.exec(target) ?? [];
    const file =
      rest === undefined ? this.#page.files.get(target.slice(1)) : this.#consolePage.files.get(rest);
    if (file !== undefined) return send(response, file.type, file.bytes);
    if (namespace === undefined || name === undefined || rest === undefined || !isData(rest)) {
      return refuse(response, 404, `there is nothing at ${target}`);
    }
    try {
      const doors = await this.#doors.find({ namespace, name });
      if (typeof doors === 'string') refuse(response, 503, `${namespace}/${name}: ${doors}`);
      else {
        // Its page is from here, too, whatever release the replica is of.
        if (rest === LIVE) response.setHeader(PAGE_NAME_HEADER, this.#consolePage.name);
        await forward(doors, rest, request, response);
      }
    } catch (error) {
      // The API server does not answer, or not with the Secret.
      refuse(response, 503, error instanceof Error ? error.message : String(error));
    }
  }
}

function send(response: ServerResponse, type: string, bytes: Buffer): void {
  response.writeHead(200, { ...PAGE_HEADERS, 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(bytes);
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'Content-Type': 'application/problem+json' });
  response.end(JSON.stringify({ status, detail }));
}

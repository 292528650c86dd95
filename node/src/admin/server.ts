/** The admin port: for the kubelet, Prometheus, the operator and `paxosctl`; not for clients. */
import type { Express, Response } from 'express';
import { sendJson } from '../http/answers.ts';
import { HttpListener, type Listened } from '../http/listener.ts';
import { sendProblem } from '../http/problem.ts';
import { parseQuery, splitTarget } from '../http/query.ts';
import { application, onlyMethods } from '../http/routes.ts';
import type { ReplicaAdmin } from '../replica/admin-door.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import { addMemberRoutes } from './member-routes.ts';
import { statusRecord } from './status.ts';

/** Where `/metrics` gets its text: see `observe/metrics.ts`. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface AdminServerOptions {
  readonly door: Pick<ReplicaDoor, 'status'>;
  readonly admin: ReplicaAdmin;
  readonly metrics: Exposition;
  readonly listenHost: string;
  /** 0: the system picks one, and `listen` says which. */
  readonly listenPort: number;
}

export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #listener: HttpListener;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#listener = new HttpListener(application((routes) => addRoutes(routes, options)));
  }

  /** Completes with the port that it listens on, or with the system's error. */
  listen(done: Listened): void {
    this.#listener.listen(this.#options.listenHost, this.#options.listenPort, done);
  }

  /** Stops listening; requests under way get some seconds to finish. */
  close(done: () => void): void {
    this.#listener.close(done);
  }
}

function addRoutes(routes: Express, { door, admin, metrics }: AdminServerOptions): void {
  addMemberRoutes(routes, admin);
  const onlyReads = onlyMethods('GET', 'HEAD');
  routes
    .route('/livez')
    // That this runs at all is the answer: the event loop turns.
    .get((_request, response) => sendJson(response, 200, { live: true }))
    .all(onlyReads);
  routes
    .route('/readyz')
    .get((request, response) => {
      const verbose = parseQuery(splitTarget(request.url).query, ['verbose']).has('verbose');
      answerReadiness(door, verbose, response);
    })
    .all(onlyReads);
  routes
    .route('/v1/status')
    .get((_request, response) => sendJson(response, 200, statusRecord(door.status())))
    .all(onlyReads);
  routes
    .route('/metrics')
    .get((_request, response) => answerMetrics(metrics, response))
    .all(onlyReads);
}

function answerReadiness(door: Pick<ReplicaDoor, 'status'>, verbose: boolean, response: Response): void {
  const status = door.status();
  sendJson(response, status.ready ? 200 : 503, {
    ready: status.ready,
    reasons: status.unreadyReasons,
    ...(verbose ? { status: statusRecord(status) } : {}),
  });
}

function answerMetrics(metrics: Exposition, response: Response): void {
  metrics.text().then(
    (text) => {
      response.writeHead(200, {
        'Content-Type': metrics.contentType,
        'Content-Length': Buffer.byteLength(text),
      });
      response.end(text);
    },
    (error: unknown) => {
      const detail = `a metric can't be read: ${error instanceof Error ? error.message : String(error)}`;
      sendProblem(response, { status: 500, name: 'metrics-unreadable', title: 'Metrics unreadable', detail });
    },
  );
}

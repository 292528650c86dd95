/** The admin port: for the kubelet, Prometheus, the operator and `paxosctl`; not for clients. */
import type { Express, Response } from 'express';
import type { SecretFile } from '../auth/secret-file.ts';
import { sendJson } from '../http/answers.ts';
import { guard } from '../http/authorization.ts';
import { refuseWhere } from '../http/foreign-pages.ts';
import { HttpListener, type Listened } from '../http/listener.ts';
import { sendProblem } from '../http/problem.ts';
import { parseQuery, splitTarget } from '../http/query.ts';
import { application, onlyMethods } from '../http/routes.ts';
import type { DigestHistory } from '../kv/digest-history.ts';
import type { Observer } from '../observe/events.ts';
import { replicaText } from '../paxos/ballot.ts';
import type { BackupSource } from '../replica/backup.ts';
import type { ReplicaAdmin } from '../replica/admin-door.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import type { Tls } from '../tls/tls.ts';
import { addBackupRoute } from './backup-route.ts';
import { refusedBrowser } from './browser-requests.ts';
import { Console, type ConsoleParts } from './console/console.ts';
import { type Exposition, MetricsPage } from './metrics-page.ts';
import { type AdjustableLog, addLogLevelRoute } from './log-level-route.ts';
import { addLogRoute, type ReadableLog } from './log-route.ts';
import { addSnapshotRoute, type SnapshotTaking } from './snapshot-route.ts';
import { addMemberRoutes } from './member-routes.ts';
import { statusRecord } from './status.ts';

export interface AdminServerOptions {
  readonly door: Pick<ReplicaDoor, 'status'>;
  readonly admin: ReplicaAdmin;
  readonly metrics: Exposition;
  readonly log: ReadableLog;
  readonly journal: AdjustableLog;
  readonly digests: DigestHistory;
  readonly backups: BackupSource;
  /** Takes a snapshot and answers with its slot: see `SnapshotTaker.request`. */
  readonly takeSnapshot: SnapshotTaking;
  /** Of this program. */
  readonly release: string;
  /** What the others dial this replica by. */
  readonly host: string;
  readonly listenHost: string;
  /** 0: the system picks one, and `listen` says which. */
  readonly listenPort: number;
  /** Undefined: everybody may ask everything. */
  readonly secrets: SecretFile | undefined;
  /** Undefined: the port speaks no TLS. */
  readonly tls: Tls | undefined;
  readonly observer: Observer | undefined;
  readonly console: ConsoleParts;
}

/** What a kubelet and Prometheus ask, who have no secret to show. It tells nothing of the data, nor who the others are. */
const OPEN = new Set(['/livez', '/readyz', '/metrics']);

/** A kubelet waits a second for them, and then ends the process: they do not wait behind others. */
const PROBES = new Set(['/livez', '/readyz']);

export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #listener: HttpListener;
  readonly #console: Console;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    const { secrets, tls, observer, release, host } = options;
    const terms = { ownHost: host, hasSecret: secrets !== undefined, nameless: OPEN };
    this.#console = new Console({ ...options.console, release, secrets, tls, observer });
    this.#listener = new HttpListener(
      application((routes) => {
        routes.use(
          refuseWhere(({ method, originalUrl, headers }) =>
            refusedBrowser({ method, target: originalUrl, headers }, terms),
          ),
        );
        this.#console.add(routes);
        routes.use(guard({ secrets, door: 'admin', open: OPEN, observer }));
        addRoutes(routes, options);
      }),
      {
        secure: tls === undefined ? undefined : { tls, callers: 'operators' },
        first: PROBES,
        door: 'admin',
        observer,
      },
    );
  }

  /** Completes with the port that it listens on, or with the system's error. */
  listen(done: Listened): void {
    this.#listener.listen(this.#options.listenHost, this.#options.listenPort, done);
  }

  /** Stops listening; requests under way get some seconds to finish. */
  close(done: () => void): void {
    this.#console.close();
    this.#listener.close(done);
  }
}

function addRoutes(
  routes: Express,
  {
    door,
    admin,
    metrics,
    log,
    journal,
    digests,
    backups,
    takeSnapshot,
    release,
    observer,
  }: AdminServerOptions,
): void {
  addMemberRoutes(routes, admin, observer);
  const onlyReads = onlyMethods('GET', 'HEAD');
  routes
    .route('/livez')
    // That this runs at all is the answer: the event loop turns. And who it is, for whoever must not show a secret to a stranger.
    .get((_request, response) => sendJson(response, 200, { live: true, id: replicaText(door.status().id) }))
    .all(onlyReads);
  routes
    .route('/readyz')
    .get((request, response) => {
      const verbose = parseQuery(splitTarget(request.url).query, ['verbose']).has('verbose');
      answerReadiness(door, release, verbose, response);
    })
    .all(onlyReads);
  routes
    .route('/v1/status')
    .get((_request, response) => sendJson(response, 200, statusRecord(door.status(), release)))
    .all(onlyReads);
  routes
    .route('/v1/digests')
    .get((_request, response) => sendJson(response, 200, { digests: digests.all() }))
    .all(onlyReads);
  addLogRoute(routes, log, door);
  addLogLevelRoute(routes, journal, observer);
  addBackupRoute(routes, backups);
  addSnapshotRoute(routes, takeSnapshot);
  const page = new MetricsPage(metrics);
  routes
    .route('/metrics')
    .get((_request, response) => answerMetrics(page, response))
    .all(onlyReads);
}

function answerReadiness(
  door: Pick<ReplicaDoor, 'status'>,
  release: string,
  verbose: boolean,
  response: Response,
): void {
  const status = door.status();
  sendJson(response, status.ready ? 200 : 503, {
    ready: status.ready,
    reasons: status.unreadyReasons,
    ...(verbose ? { status: statusRecord(status, release) } : {}),
  });
}

function answerMetrics(page: MetricsPage, response: Response): void {
  page.bytes().then(
    (bytes) => {
      if (response.destroyed) return;
      response.writeHead(200, { 'Content-Type': page.contentType, 'Content-Length': bytes.length });
      response.end(bytes);
    },
    (error: unknown) => {
      const detail = `a metric can't be read: ${error instanceof Error ? error.message : String(error)}`;
      sendProblem(response, { status: 500, name: 'metrics-unreadable', title: 'Metrics unreadable', detail });
    },
  );
}

/** The HTTP door for clients: keys as resources, listings, and the routes that GoPaxos had. */
import type { Request } from 'express';
import type { SecretFile } from '../auth/secret-file.ts';
import type { Observer } from '../observe/events.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import type { Hub } from '../watch/hub.ts';
import type { Tls } from '../tls/tls.ts';
import { guard } from './authorization.ts';
import { BodyReader } from './body.ts';
import { Calls } from './calls.ts';
import { addFirstRoutes, FIRST_ROUTES_CHANGING } from './first-routes.ts';
import { foreignPage, refuseWhere } from './foreign-pages.ts';
import { KvRoutes } from './kv-routes.ts';
import { HttpListener, type Listened } from './listener.ts';
import { addLogRoutes, type LogPrinter } from './log-routes.ts';
import type { Problem } from './problem.ts';
import { RequestOrigins, TracedBodyReader } from './request-origins.ts';
import { application } from './routes.ts';
import { WATCH_PATH, WatchRoute } from './watch-route.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addTxnRoute } from './txn-route.ts';

export interface HttpDoorOptions {
  readonly door: ReplicaDoor;
  /** Hears of what that replica's store changes. */
  readonly hub: Hub;
  readonly listenHost: string;
  /** 0: the system picks one, and `listen` says which. */
  readonly listenPort: number;
  /** Whether `GET /crash` may end this process, as by kill -9. */
  readonly crashEnabled: boolean;
  readonly printLog: LogPrinter;
  /** Hears of each command that was answered. */
  readonly observer?: Observer;
  /** Undefined: nobody needs a password. */
  readonly passwords: SecretFile | undefined;
  /** Undefined: the port speaks no TLS. */
  readonly tls: Tls | undefined;
  /** The door asks its sinks where requests come from. */
  readonly traced?: boolean;
}

/** Without a password nothing of this port may be asked. */
const OPEN = new Set<string>();

export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #listener: HttpListener;
  readonly #watch: WatchRoute;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    const { passwords, tls, observer } = options;
    const calls = new Calls(options.door, options.observer);
    const origins = options.traced === true ? new RequestOrigins(calls) : undefined;
    const bodies = origins === undefined ? new BodyReader(observer) : new TracedBodyReader(observer, origins);
    const kv = new KvRoutes(calls, bodies);
    this.#watch = new WatchRoute(options.hub, calls, passwords);
    this.#listener = new HttpListener(
      application((routes) => {
        // Who must show a password does that in a header, which no page adds to a request that its browser sends without asking.
        if (passwords === undefined) routes.use(refuseWhere(refusedPage));
        routes.use(guard({ secrets: passwords, door: 'http', open: OPEN, observer }));
        if (origins !== undefined) routes.use(origins.handle);
        routes.use('/v1/kv', kv.handle);
        this.#watch.add(routes);
        addTxnRoute(routes, calls, bodies);
        addSessionRoutes(routes, calls);
        addFirstRoutes(routes, { calls, bodies, crashEnabled: options.crashEnabled });
        addLogRoutes(routes, options.printLog);
      }),
      {
        secure: tls === undefined ? undefined : { tls, callers: 'clients' },
        upgradePath: WATCH_PATH,
        door: 'http',
        observer,
      },
    );
  }

  /** Completes with the port that it listens on, or with the system's error. */
  listen(done: Listened): void {
    this.#listener.listen(this.#options.listenHost, this.#options.listenPort, done);
  }

  /** Stops listening and tells watchers so; requests under way get some seconds to finish. */
  close(done: () => void): void {
    this.#watch.close();
    this.#listener.close(done);
  }
}

/** What a browser sends for any page without asking first, and that may change something: PUT and DELETE it asks about, and gets no leave. */
function refusedPage({ method, originalUrl, headers }: Request): Problem | undefined {
  const mayChange = method === 'POST' || FIRST_ROUTES_CHANGING.test(originalUrl);
  return mayChange ? foreignPage(headers) : undefined;
}

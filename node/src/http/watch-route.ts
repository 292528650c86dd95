/**
 * `GET /v1/watch`: one watch as a stream of server-sent events, or, asked with `Upgrade: websocket`, a WebSocket for many. What is
 * wrong with a request is a problem like any other, as long as nothing has been sent.
 */
import type { Express, Request, Response } from 'express';
import { WebSocketServer } from 'ws';
import type { SecretFile } from '../auth/secret-file.ts';
import { InvalidInput } from '../errors.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { ErrorReply } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { neverMade } from '../watch/endings.ts';
import type { Hub } from '../watch/hub.ts';
import type { Subscriber } from '../watch/subscriber.ts';
import { Watch, type WatchEnd, type WatchRequest } from '../watch/watch.ts';
import { secretOf } from './authorization.ts';
import type { Calls } from './calls.ts';
import { isOfHost } from './foreign-pages.ts';
import { keyProblem } from './key.ts';
import { isWebSocketUpgrade } from './listener.ts';
import { failed, type Problem, refused, sendProblem } from './problem.ts';
import { booleanParameter, integerParameter, parseQuery, splitTarget } from './query.ts';
import { onlyMethods } from './routes.ts';
import { WatchConnections } from './watch-connections.ts';
import { CLIENT_MESSAGE_BYTES_MAX } from './watch-limits.ts';
import type { WatchMeans } from './watch-means.ts';
import { WatchPace } from './watch-pace.ts';
import { WatchSocket } from './watch-socket.ts';
import { WatchStream } from './watch-stream.ts';
import { WatchTexts } from './watch-texts.ts';

export const WATCH_PATH = '/v1/watch';

/** As many digits as a parameter has at most: far above any revision. */
const REVISION_MAX = 10 ** 15 - 1;

const NO_BYTES = Buffer.alloc(0);

export class WatchRoute {
  readonly #hub: Hub;
  readonly #calls: Calls;
  readonly #passwords: SecretFile | undefined;
  readonly #means: WatchMeans;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    // Changes are small and go out in many messages: deflate would cost more CPU than all the rest.
    perMessageDeflate: false,
    maxPayload: CLIENT_MESSAGE_BYTES_MAX,
  });

  /** `passwords`: the guard before this route has asked for one of them. */
  constructor(hub: Hub, calls: Calls, passwords: SecretFile | undefined) {
    this.#hub = hub;
    this.#calls = calls;
    this.#passwords = passwords;
    // A watch lives for long: what opened it must still be good.
    passwords?.onChange((current) => this.#means.connections.revokeAllBut(current));
    this.#means = {
      hub,
      connections: new WatchConnections(),
      texts: new WatchTexts(),
      pace: new WatchPace(),
    };
  }

  add(routes: Express): void {
    const onlyGet = onlyMethods('GET');
    routes
      .route(WATCH_PATH)
      .head(onlyGet)
      .get((request, response) => {
        const { query } = splitTarget(request.url);
        if (isWebSocketUpgrade(request)) this.#upgrade(query, request, response);
        else this.#stream(query, request, response);
      })
      .all(onlyGet);
  }

  /** Tells every watcher that this replica goes away, and ends their connections. */
  close(): void {
    this.#hub.close();
    this.#means.connections.closeAll();
  }

  #stream(query: string, request: Request, response: Response): void {
    const watchRequest = parseWatchQuery(query, request.headers['last-event-id']);
    const problem = keyProblem(watchRequest.key);
    if (problem !== undefined) {
      sendProblem(response, problem);
      return;
    }
    const stream = new WatchStream(this.#means, response, secretOf(request, this.#passwords));
    this.#begin(watchRequest, stream, (outcome) => {
      if (!(outcome instanceof Watch)) sendProblem(response, problemOf(outcome));
      else if (response.destroyed) this.#hub.cancel(outcome);
      else {
        stream.begin(outcome);
        // The password may have gone while the beginning was looked for.
        if (this.#passwords !== undefined) this.#means.connections.revokeAllBut(this.#passwords.current);
      }
    });
  }

  #upgrade(query: string, request: Request, response: Response): void {
    parseQuery(query, []);
    const { origin, host } = request.headers;
    // Pages of other sites may open a WebSocket to wherever their visitor's browser reaches, unlike a request by fetch().
    if (origin !== undefined && !isOfHost(origin, host)) {
      const detail = `a page of ${origin} may not watch ${host ?? 'this replica'}`;
      sendProblem(response, { status: 403, name: 'forbidden', title: 'Forbidden', detail });
      return;
    }
    const { socket } = request;
    response.detachSocket(socket);
    this.#webSockets.handleUpgrade(request, socket, NO_BYTES, (webSocket) => {
      // It lives for as long as the connection does, which holds it.
      void new WatchSocket(webSocket, socket, {
        ...this.#means,
        secret: secretOf(request, this.#passwords),
        begin: (watchRequest, subscriber, done) =>
          this.#begin(watchRequest, subscriber, (outcome) => {
            if (outcome instanceof Watch || 'resumeFrom' in outcome) done(outcome);
            else done({ code: outcome.name, detail: outcome.detail });
          }),
      });
    });
  }

  /**
   * A watch from now on begins by a linearizable read, which says what "now" is: behind every change acknowledged before the
   * request came. A watch from a revision that this replica has applied needs nobody else. One of a later revision begins by that read,
   * too: either this replica lags, or nobody in this cluster has ever heard of that revision.
   */
  #begin(
    request: WatchRequest,
    subscriber: Subscriber,
    done: (outcome: Watch | WatchEnd | Problem) => void,
  ): void {
    const hub = this.#hub;
    const { from } = request;
    if (from !== undefined && from <= hub.revision + 1) {
      done(hub.create(request, subscriber));
      return;
    }
    this.#calls.read(INTERNAL.watch, [''], (outcome) => {
      if (outcome instanceof Failure) done(failed(outcome));
      else if (outcome instanceof ErrorReply) done(refused(outcome));
      // In the turn in which the read has run on this replica's store, all of which the hub has heard of.
      else if (from !== undefined && from > hub.revision + 1) done(neverMade(from, hub.revision));
      else done(hub.create(request, subscriber));
    });
  }
}

/** Throws `InvalidInput` that names the parameter. */
function parseWatchQuery(query: string, lastEventId: string | string[] | undefined): WatchRequest {
  const parameters = parseQuery(query, ['key', 'prefix', 'from', 'prev']);
  const key = parameters.get('key');
  const prefix = parameters.get('prefix');
  if ((key === undefined) === (prefix === undefined)) {
    throw new InvalidInput('query', query.slice(0, 100), 'must have either key or prefix');
  }
  const from = parameters.has('from') ? integerParameter(parameters, 'from', 1, REVISION_MAX, 0) : undefined;
  return {
    key: key ?? prefix ?? '',
    isPrefix: prefix !== undefined,
    // A browser comes back with the address that it began with, and with this header, which is newer.
    from: lastEventId === undefined ? from : afterLastEvent(String(lastEventId)),
    previous: booleanParameter(parameters, 'prev'),
    tag: 0,
  };
}

function afterLastEvent(id: string): number {
  if (!/^\d{1,15}$/.test(id)) {
    throw new InvalidInput('Last-Event-ID', id, 'must be the id of an event of this stream: a revision');
  }
  return Number(id) + 1;
}

function problemOf(outcome: WatchEnd | Problem): Problem {
  if (!('resumeFrom' in outcome)) return outcome;
  const { code, detail, resumeFrom } = outcome;
  if (code === 'compacted') {
    return { status: 410, name: 'compacted', title: 'Compacted', detail, more: { code, resumeFrom } };
  }
  const more = { code, outcome: 'not-done' };
  return { status: 503, name: code, title: 'Not done', detail, more, headers: { 'Retry-After': '1' } };
}

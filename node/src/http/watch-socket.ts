/** Many watches on one WebSocket. The client creates and cancels them; what changes comes in JSON messages. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Secret } from '../auth/secret.ts';
import { InvalidInput } from '../errors.ts';
import type { ChangeEvent } from '../watch/change-event.ts';
import { tooMany } from '../watch/endings.ts';
import { WATCHES_PER_CONNECTION_MAX } from '../watch/limits.ts';
import type { Subscriber } from '../watch/subscriber.ts';
import { Watch, type WatchEnd, type WatchRequest } from '../watch/watch.ts';
import type { WatchConnection } from './watch-connections.ts';
import {
  BEAT_MS,
  FAREWELL_MS,
  MESSAGES_PER_TURN_MAX,
  STALLED_BEATS_MAX,
  UNSENT_BYTES_MAX,
} from './watch-limits.ts';
import {
  type ClientMessage,
  type CreateMessage,
  parseClientMessage,
  watchNumberIn,
} from './watch-message.ts';
import type { WatchMeans } from './watch-means.ts';
import type { Paced } from './watch-pace.ts';

/** A message of changes is sent when it is as long as this; the rest goes into the next one. */
const MESSAGE_CHARS = 64 * 1024;

/** Of RFC 6455: "going away". */
const CLOSE_GOING_AWAY = 1001;
/** "Policy violation". */
const CLOSE_POLICY = 1008;

export interface WatchSocketOptions extends WatchMeans {
  /** See `WatchConnection`. */
  readonly secret: Secret | undefined;
  /** Begins a watch, now or when it is known from which revision on; see `WatchRoute`. */
  readonly begin: (
    request: WatchRequest,
    subscriber: Subscriber,
    done: (outcome: Watch | WatchEnd | Refusal) => void,
  ) => void;
}

/** Why a request was not carried out, with the same words as a problem of the HTTP door. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

export class WatchSocket implements Subscriber, WatchConnection, Paced {
  readonly secret: Secret | undefined;
  readonly #options: WatchSocketOptions;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  /** By the client's numbers; `beginning` while it is not known from which revision on. */
  readonly #watches = new Map<number, Watch | 'beginning'>();
  /** Changes that wait until they may be written, as the inside of a JSON array. */
  #changes = '';
  #notedBytes = 0;
  #unanswered = 0;
  /** Of this turn. */
  #messages = 0;
  #wantsBookmarks = false;
  #isTurnPending = false;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(webSocket: WebSocket, socket: Socket, options: WatchSocketOptions) {
    this.secret = options.secret;
    this.#options = options;
    this.#webSocket = webSocket;
    this.#socket = socket;
    options.connections.add(this);
    webSocket.on('message', (data: Buffer, isBinary) => this.#take(data, isBinary));
    webSocket.on('pong', () => {
      this.#unanswered = 0;
    });
    webSocket.once('close', () => this.#gone());
    // What the client did wrong on the wire; ws then closes the connection, which is all there is to do.
    webSocket.on('error', () => webSocket.terminate());
    socket.on('drain', () => {
      this.#note(0);
      this.wake();
    });
    this.#heartbeat = setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  // --- What the hub calls -----------------------------------------------------------------------

  get isReady(): boolean {
    return (
      this.#webSocket.bufferedAmount + this.#changes.length < UNSENT_BYTES_MAX &&
      this.#options.connections.hasRoom
    );
  }

  change(watch: Watch, revision: number, events: readonly ChangeEvent[]): void {
    const members = this.#options.texts.change(revision, events, watch.previous);
    this.#changes += `${this.#changes === '' ? '' : ','}{"watch":${watch.tag},${members}}`;
    if (this.#changes.length >= MESSAGE_CHARS) this.write();
  }

  ended(watch: Watch, end: WatchEnd): void {
    this.#watches.delete(watch.tag);
    this.#say({ type: 'ended', watch: watch.tag, ...end });
  }

  flush(): void {
    if (this.#changes !== '') this.#options.pace.take(this);
  }

  write(): void {
    if (this.#changes === '') return;
    const text = `{"type":"changes","changes":[${this.#changes}]}`;
    this.#changes = '';
    this.#send(text);
  }

  // --- What the door calls ----------------------------------------------------------------------

  wake(): void {
    if (!this.isReady) return;
    if (this.#webSocket.isPaused) this.#webSocket.resume();
    for (const watch of this.#watches.values()) if (watch !== 'beginning') this.#options.hub.wake(watch);
  }

  close(): void {
    this.#close(CLOSE_GOING_AWAY, 'this replica is shutting down');
  }

  revoke(): void {
    this.#cancelAll();
    this.#changes = '';
    this.#close(CLOSE_POLICY, 'the password of this connection is not in force any more');
  }

  #close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
    const cut = setTimeout(() => this.#webSocket.terminate(), FAREWELL_MS);
    this.#webSocket.once('close', () => clearTimeout(cut));
  }

  // --- What the client says ---------------------------------------------------------------------

  #take(data: Buffer, isBinary: boolean): void {
    // Whom we have said farewell to may still be talking.
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    const text = isBinary ? '' : data.toString('utf8');
    try {
      if (isBinary) throw new InvalidInput('the message', 'binary', 'must be text');
      this.#obey(parseClientMessage(text));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.#refuse(watchNumberIn(text), { code: 'invalid-input', detail: error.message });
    }
    this.#messages += 1;
    this.#endTurn();
    // Who does not read answers is not asked for more questions, and others have their turn.
    if (!this.isReady || this.#messages >= MESSAGES_PER_TURN_MAX) this.#webSocket.pause();
  }

  /** What was asked several times in a turn is answered once. */
  #endTurn(): void {
    if (this.#isTurnPending) return;
    this.#isTurnPending = true;
    setImmediate(() => {
      this.#isTurnPending = false;
      this.#messages = 0;
      if (this.#wantsBookmarks) this.#sayBookmarks();
      this.#wantsBookmarks = false;
      if (this.isReady && this.#webSocket.isPaused) this.#webSocket.resume();
    });
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'create':
        this.#create(message);
        return;
      case 'cancel':
        this.#cancel(message.watch);
        return;
      case 'progress':
        this.#wantsBookmarks = true;
    }
  }

  #create(message: CreateMessage): void {
    const { watch: tag, key, isPrefix, from, previous } = message;
    if (this.#watches.has(tag)) {
      throw new InvalidInput('watch', tag, 'must be a number that no other watch of this connection has');
    }
    if (this.#watches.size >= WATCHES_PER_CONNECTION_MAX) {
      const limit = `a connection has at most ${WATCHES_PER_CONNECTION_MAX} watches`;
      this.#refuse(tag, tooMany(limit, from ?? this.#options.hub.revision + 1));
      return;
    }
    this.#watches.set(tag, 'beginning');
    this.#options.begin({ key, isPrefix, from, previous, tag }, this, (outcome) => {
      if (outcome instanceof Watch) {
        if (this.#watches.get(tag) !== 'beginning') {
          // Cancelled meanwhile, or the client is gone.
          this.#options.hub.cancel(outcome);
          return;
        }
        this.#watches.set(tag, outcome);
        this.#say({ type: 'created', watch: tag, from: outcome.from, revision: this.#options.hub.revision });
      } else if (this.#watches.delete(tag)) this.#refuse(tag, outcome);
    });
  }

  #cancel(tag: number): void {
    const watch = this.#watches.get(tag);
    if (watch === undefined) {
      throw new InvalidInput('watch', tag, 'must be the number of a watch of this connection');
    }
    this.#watches.delete(tag);
    if (watch !== 'beginning') this.#options.hub.cancel(watch);
    this.#say({ type: 'cancelled', watch: tag });
  }

  // --- What it says -----------------------------------------------------------------------------

  #refuse(watch: number | undefined, refusal: Refusal | WatchEnd): void {
    this.#say({ type: 'refused', ...(watch === undefined ? {} : { watch }), ...refusal });
  }

  /** One message for all watches that are as far as each other: as a rule, all of them. */
  #sayBookmarks(): void {
    const byRevision = new Map<number, number[]>();
    for (const watch of this.#watches.values()) {
      const through = watch === 'beginning' ? undefined : this.#options.hub.sentThrough(watch);
      if (watch === 'beginning' || through === undefined) continue;
      const level = byRevision.get(through);
      if (level === undefined) byRevision.set(through, [watch.tag]);
      else level.push(watch.tag);
    }
    for (const [revision, watches] of byRevision) this.#say({ type: 'bookmark', revision, watches });
  }

  /** Behind the changes that were handed over before. */
  #say(message: Readonly<Record<string, unknown>>): void {
    this.write();
    this.#send(JSON.stringify(message));
  }

  #send(text: string): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#webSocket.send(text);
    this.#note(this.#socket.writableNeedDrain ? this.#webSocket.bufferedAmount : 0);
  }

  #note(unsentBytes: number): void {
    if (unsentBytes === this.#notedBytes) return;
    this.#notedBytes = unsentBytes;
    this.#options.connections.note(this, unsentBytes);
  }

  #beat(): void {
    if (this.#unanswered >= STALLED_BEATS_MAX) {
      this.#webSocket.terminate();
      return;
    }
    this.#unanswered += 1;
    this.#webSocket.ping();
    if (this.isReady) this.#sayBookmarks();
  }

  #gone(): void {
    clearInterval(this.#heartbeat);
    this.#options.connections.remove(this);
    this.#cancelAll();
  }

  #cancelAll(): void {
    for (const watch of this.#watches.values()) if (watch !== 'beginning') this.#options.hub.cancel(watch);
    this.#watches.clear();
  }
}

/**
 * When requests are handled. A client may send thousands in one packet, and thousands of clients may send at once: all of
 * them in one turn of the event loop would stop this replica. So each turn handles some milliseconds of requests, and connections take
 * turns with one request each; a connection with many unanswered requests is not read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Unanswered requests of one connection, over which it is not read: as many as browsers have connections, and more. */
export const UNANSWERED_MAX = 16;

/** Requests that wait, all connections together: each takes some KiB. Node.js parses what came in one packet. Over it: the connection is cut. */
export const WAITING_MAX = 65_536;

/** Handling of requests in one turn of the event loop; then others have theirs. */
export const HANDLING_MS_MAX = 5;

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One connection. */
class Line {
  readonly socket: Socket;
  /** Handled, and not answered yet. */
  underWay = 0;
  /** Not handled yet, from `next` on. */
  waiting: Exchange[] = [];
  next = 0;
  isListed = false;
  /** Not read, or soon not to be. */
  isPaused = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get waitingCount(): number {
    return this.waiting.length - this.next;
  }

  get isFull(): boolean {
    return this.waitingCount > 0 && this.underWay + this.waitingCount >= UNANSWERED_MAX;
  }

  shift(): Exchange | undefined {
    const exchange = this.waiting[this.next];
    this.next += 1;
    if (this.next < this.waiting.length) return exchange;
    this.waiting = [];
    this.next = 0;
    return exchange;
  }
}

export class RequestTurns {
  readonly #handle: RequestHandler;
  /** What is answered before others: so cheap, and so urgent. */
  readonly #first: ReadonlySet<string>;
  readonly #lines = new Map<Socket, Line>();
  /** Those with requests that could be handled. */
  #listed: Line[] = [];
  #waiting = 0;
  #isTurnPending = false;
  #turnEndMs = 0;

  /** `first`: targets of requests that do not wait for their turn. */
  constructor(handle: RequestHandler, first: ReadonlySet<string>) {
    this.#handle = handle;
    this.#first = first;
  }

  /** A request has arrived. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const line = this.#lineOf(request.socket);
    const mayGoOn = line.waitingCount === 0 && line.underWay < UNANSWERED_MAX;
    if (mayGoOn && (this.#first.has(request.url ?? '') || this.#hasTime())) {
      this.#begin(line, { request, response });
      return;
    }
    if (this.#waiting >= WAITING_MAX) {
      line.socket.destroy();
      return;
    }
    line.waiting.push({ request, response });
    this.#waiting += 1;
    // At the end of a request Node.js reads on by itself: so not before it is at its end.
    if (line.isFull) process.nextTick(() => this.#pause(line));
    this.#list(line);
  }

  #pause(line: Line): void {
    if (!line.isFull) return;
    line.isPaused = true;
    line.socket.pause();
  }

  #lineOf(socket: Socket): Line {
    const known = this.#lines.get(socket);
    if (known !== undefined) return known;
    const line = new Line(socket);
    this.#lines.set(socket, line);
    socket.once('close', () => {
      this.#lines.delete(socket);
      this.#waiting -= line.waitingCount;
      line.waiting = [];
      line.next = 0;
    });
    return line;
  }

  #begin(line: Line, { request, response }: Exchange): void {
    line.underWay += 1;
    response.once('close', () => {
      line.underWay -= 1;
      if (line.waitingCount > 0) {
        this.#list(line);
        // Node.js reads on after each answer, too.
        if (line.isPaused) line.socket.pause();
      } else if (line.isPaused) {
        line.isPaused = false;
        line.socket.resume();
      }
    });
    this.#handle(request, response);
  }

  #list(line: Line): void {
    if (line.isListed || line.underWay >= UNANSWERED_MAX) return;
    line.isListed = true;
    this.#listed.push(line);
    this.#openTurn();
  }

  /** Whether something may still be handled in this turn. */
  #hasTime(): boolean {
    this.#openTurn();
    return performance.now() < this.#turnEndMs;
  }

  #openTurn(): void {
    if (this.#isTurnPending) return;
    this.#isTurnPending = true;
    this.#turnEndMs = performance.now() + HANDLING_MS_MAX;
    setImmediate(this.#turn);
  }

  /** One request of each, from the first on; who has more goes to the end. */
  readonly #turn = (): void => {
    this.#isTurnPending = false;
    if (this.#listed.length === 0) return;
    this.#openTurn();
    const listed = this.#listed;
    this.#listed = [];
    let next = 0;
    while (next < listed.length && performance.now() < this.#turnEndMs) {
      const line = listed[next] as Line;
      next += 1;
      line.isListed = false;
      const exchange = line.shift();
      if (exchange === undefined) continue;
      this.#waiting -= 1;
      this.#begin(line, exchange);
      if (line.waitingCount > 0) this.#list(line);
    }
    if (next < listed.length) this.#listed = [...listed.slice(next), ...this.#listed];
  };
}

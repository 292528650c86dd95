/**
 * Remembers where the calls of an HTTP request come from, while requests are traced: when its head came, and the trace that its
 * client says it is part of. Routes make their calls while they are run, or when the content has been read: both are told.
 */
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Observer } from '../observe/events.ts';
import { BodyReader, type BodyRead } from './body.ts';
import type { Calls, RequestOrigin } from './calls.ts';

export class RequestOrigins {
  readonly #calls: Calls;
  readonly #origins = new WeakMap<IncomingMessage, RequestOrigin>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Before all routes. */
  readonly handle = (request: Request, _response: Response, next: NextFunction): void => {
    const { traceparent } = request.headers;
    const origin = {
      arrivedMs: performance.now(),
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    };
    this.#origins.set(request, origin);
    this.#calls.from(origin, next);
  };

  /** Calls that `act` makes come from that request. */
  during(request: IncomingMessage, act: () => void): void {
    this.#calls.from(this.#origins.get(request), act);
  }
}

/** Reads content as any reader; what is done with it is done for its request. */
export class TracedBodyReader extends BodyReader {
  readonly #origins: RequestOrigins;

  constructor(observer: Observer | undefined, origins: RequestOrigins) {
    super(observer);
    this.#origins = origins;
  }

  override read(request: IncomingMessage, done: BodyRead): void {
    super.read(request, (problem, body) => this.#origins.during(request, () => done(problem, body)));
  }
}

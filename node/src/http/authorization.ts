/** Who may ask: `Authorization: Bearer <secret>` (RFC 6750), with one of the secrets of a file. */
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Secret } from '../auth/secret.ts';
import type { SecretFile } from '../auth/secret-file.ts';
import type { Observer } from '../observe/events.ts';
import { sendProblem } from './problem.ts';

const BEARER = /^bearer +(.+)$/i;

/** Whether a request brings one of these secrets; undefined: nobody has to. */
export function isAuthorized(request: IncomingMessage, secrets: SecretFile | undefined): boolean {
  return secrets === undefined || secretOf(request, secrets) !== undefined;
}

/** The one of these secrets that a request brings; it is in force as long as it is among `secrets.current`. */
export function secretOf(request: IncomingMessage, secrets: SecretFile | undefined): Secret | undefined {
  const given = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return given === undefined ? undefined : secrets?.match(given);
}

export interface GuardOptions {
  /** Undefined: everybody may ask everything. */
  readonly secrets: SecretFile | undefined;
  readonly door: 'http' | 'admin';
  /** What anybody may ask: targets as they stand in the request line. */
  readonly open: ReadonlySet<string>;
  readonly observer: Observer | undefined;
}

/** What a request passes first: who may not ask gets 401, whatever the address. */
export function guard({ secrets, door, open, observer }: GuardOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (open.has(request.originalUrl) || isAuthorized(request, secrets)) {
      next();
      return;
    }
    observer?.({ kind: 'refusedAccess', door, from: request.socket.remoteAddress ?? 'an unknown address' });
    // Its content is read and dropped, so that the client gets to see the answer.
    request.resume();
    const tried = request.headers.authorization !== undefined;
    sendProblem(response, {
      status: 401,
      name: 'unauthorized',
      title: 'Unauthorized',
      detail: tried
        ? 'the Authorization header must be Bearer with a secret that is in force'
        : 'an Authorization header is needed: Bearer with a secret that is in force',
      headers: { 'WWW-Authenticate': `Bearer realm="paxoskv"${tried ? ', error="invalid_token"' : ''}` },
    });
  };
}

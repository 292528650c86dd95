/** `/v1/sessions`: clients open a session, use it in `Idempotency-Key`, and end it when they are done. */
import { randomBytes } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { SESSION_PATTERN } from '../kv/once.ts';
import { replyOf, sendJson } from './answers.ts';
import type { Calls } from './calls.ts';
import { sendProblem, sessionGone } from './problem.ts';
import { onlyMethods } from './routes.ts';

/** 64 random bits: nobody draws an id a second time, and nobody guesses one. */
const SESSION_BYTES = 8;

export function addSessionRoutes(routes: Express, calls: Calls): void {
  routes
    .route('/v1/sessions')
    .post((_request, response) => open(calls, response))
    .all(onlyMethods('POST'));
  routes
    .route('/v1/sessions/:session')
    .delete((request, response) => end(calls, request, response))
    .all(onlyMethods('DELETE'));
}

function open(calls: Calls, response: Response): void {
  const id = randomBytes(SESSION_BYTES).toString('hex');
  calls.write(INTERNAL.openSession, [id], (outcome) => {
    if (replyOf(outcome, response) === undefined) return;
    response.setHeader('Location', `/v1/sessions/${id}`);
    sendJson(response, 201, { id });
  });
}

function end(calls: Calls, request: Request<{ session: string }>, response: Response): void {
  const { session } = request.params;
  if (!SESSION_PATTERN.test(session)) {
    throw new InvalidInput('the session', session, 'must be 16 hexadecimal digits in lower case');
  }
  calls.write(INTERNAL.endSession, [session], (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply === undefined) return;
    if (reply === 1) response.writeHead(204).end();
    else sendProblem(response, sessionGone(`there is no session ${session}: it has ended, or was evicted`));
  });
}

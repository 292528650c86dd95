/** How outcomes and JSON become responses. */
import type { ServerResponse } from 'node:http';
import { ErrorReply, type Reply } from '../kv/reply.ts';
import { Failure, type Outcome } from '../replica/door.ts';
import { failed, refused, sendProblem } from './problem.ts';

/** The reply inside a good outcome; undefined when it was a failure, which has then been answered. */
export function replyOf(outcome: Outcome, response: ServerResponse): Reply | undefined {
  if (outcome instanceof Failure) {
    sendProblem(response, failed(outcome));
    return undefined;
  }
  if (outcome instanceof ErrorReply) {
    sendProblem(response, refused(outcome));
    return undefined;
  }
  return outcome;
}

/** Ends the response with JSON and a line's end, for people at a terminal. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

/** Errors as machines and people can read them: `application/problem+json` (RFC 9457). */
import type { ServerResponse } from 'node:http';
import type { InvalidInput } from '../errors.ts';
import type { ErrorReply } from '../kv/reply.ts';
import type { Failure } from '../replica/door.ts';

const TYPE_BASE = 'https://paxoskv.dev/problems/';

/** When a client may ask again after "not done": an election takes about as long. */
const RETRY_AFTER_SECONDS = 1;

export interface Problem {
  readonly status: number;
  /** The last part of `type`, for machines: lower-case words joined by hyphens. */
  readonly name: string;
  readonly title: string;
  /** What happened this time, and what would be right. */
  readonly detail: string;
  /** Members beyond RFC 9457's. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends the response with the problem; does nothing when the response has begun already. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = problemBody(problem);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...problem.headers,
  });
  response.end(body);
}

/** The JSON text of a problem, with a line's end for people at a terminal. */
export function problemBody(problem: Problem): string {
  const { name, title, status, detail, more } = problem;
  return `${JSON.stringify({ type: TYPE_BASE + name, title, status, detail, ...more })}\n`;
}

export function invalidInput(error: InvalidInput): Problem {
  return { status: 400, name: 'invalid-input', title: 'Invalid input', detail: error.message };
}

export function notFound(detail: string): Problem {
  return { status: 404, name: 'not-found', title: 'Not found', detail };
}

export function methodNotAllowed(method: string, allowed: readonly string[]): Problem {
  const allow = allowed.join(', ');
  return {
    status: 405,
    name: 'method-not-allowed',
    title: 'Method not allowed',
    detail: `${method} is not allowed here: use ${allow}`,
    headers: { Allow: allow },
  };
}

export function tooLarge(what: string, bytesMax: number): Problem {
  return {
    status: 413,
    name: 'too-large',
    title: 'Content too large',
    detail: `${what} must be at most ${bytesMax} bytes`,
    more: { bytesMax },
  };
}

export function preconditionFailed(header: string, revision: number): Problem {
  return {
    status: 412,
    name: 'precondition-failed',
    title: 'Precondition failed',
    detail: `${header} does not hold: the key ${revision === 0 ? 'does not exist' : `is at revision ${revision}`}`,
    more: { currentRevision: revision === 0 ? null : revision },
    ...(revision === 0 ? {} : { headers: { ETag: `"${revision}"` } }),
  };
}

/** Over one of this door's own limits, before anything was asked of the replica. */
export function busy(detail: string): Problem {
  return notDone(detail);
}

/** The replica's failures: `outcome` says whether it is safe to send the request again. */
export function failed(failure: Failure): Problem {
  if (failure.kind === 'notDone') return notDone(failure.reason);
  return {
    status: 504,
    name: 'outcome-unknown',
    title: 'Outcome unknown',
    detail: `${failure.reason}; the request may have been carried out, or still be`,
    more: { outcome: 'unknown' },
  };
}

/** What the store answered with an error of its own, in Redis's words: surely not done now. */
export function refused(reply: ErrorReply): Problem {
  const word = reply.message.slice(0, reply.message.indexOf(' '));
  const refusal = REFUSALS.get(word) ?? { status: 400, name: 'refused', title: 'Refused by the store' };
  const { outcome = 'not-done', ...problem } = refusal;
  return { ...problem, detail: reply.message, more: { outcome } };
}

interface Refusal extends Pick<Problem, 'status' | 'name' | 'title'> {
  /** Whether what the client wants is done: an earlier request with the same key may have done it. */
  readonly outcome?: 'unknown' | 'done';
}

const SESSION_GONE = { status: 410, name: 'session-gone', title: 'No such session' } as const;

const REFUSALS: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['WRONGTYPE', { status: 409, name: 'wrong-type', title: 'The key holds another type' }],
  ['OOM', { status: 507, name: 'out-of-space', title: 'The data quota is used up' }],
  ['MISCONF', { status: 507, name: 'disk-full', title: 'The disk is full' }],
  ['REPLYTOOLARGE', { status: 413, name: 'reply-too-large', title: 'The reply would be too large' }],
  ['NOSESSION', { ...SESSION_GONE, outcome: 'unknown' }],
  [
    'OLDSEQUENCE',
    { status: 409, name: 'old-sequence', title: 'The session has gone on', outcome: 'unknown' },
  ],
  ['OTHERREQUEST', { status: 422, name: 'other-request', title: 'The key was used for another request' }],
  ['REPLYNOTKEPT', { status: 409, name: 'reply-not-kept', title: 'Done before', outcome: 'done' }],
]);

/** For whoever wants to end a session that is not there. */
export function sessionGone(detail: string): Problem {
  return { ...SESSION_GONE, detail };
}

function notDone(detail: string): Problem {
  return {
    status: 503,
    name: 'not-done',
    title: 'Not done',
    detail,
    more: { outcome: 'not-done' },
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  };
}

/**
 * What can go wrong between us and the API server, by type. Whoever asks decides by class or by `code`;
 * the message is the server's own.
 */

/** A failure of the world: never of our own code, which is an assertion. */
export abstract class KubeError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The server answered, and said no. */
export class ApiError extends KubeError {
  readonly code: string = 'API_ERROR';
  /** Of HTTP. */
  readonly status: number;
  /** The server's word for it, such as `NotFound` or `FieldManagerConflict`; empty when it gave none. */
  readonly reason: string;
  /** How long the server wants to be left alone, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(refusal: Refusal) {
    super(`${refusal.asked}: ${refusal.message}`);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.retryAfterMs = refusal.retryAfterMs;
  }
}

/** 404: the object is not there, or its kind is not. */
export class NotFound extends ApiError {
  override readonly code = 'NOT_FOUND';
}
/** 409: somebody was faster, or a precondition (uid, resourceVersion) does not hold. */
export class Conflict extends ApiError {
  override readonly code: string = 'CONFLICT';
}
/** 409 with reason AlreadyExists. */
export class AlreadyExists extends Conflict {
  override readonly code = 'ALREADY_EXISTS';
}
/** 410: the resourceVersion or the page asked for is too old to be answered. */
export class Gone extends ApiError {
  override readonly code = 'GONE';
}
/** 403: a role lacks a rule, a quota is used up, or the namespace is being deleted. */
export class Forbidden extends ApiError {
  override readonly code = 'FORBIDDEN';
}
/** 401: the token or certificate is not (or no longer) known. */
export class Unauthorized extends ApiError {
  override readonly code = 'UNAUTHORIZED';
}
/** 422: the object breaks its schema or one of its rules. Asking again won't help. */
export class Invalid extends ApiError {
  override readonly code = 'INVALID';
}
/** 429 and 5xx: the server can't do it now. */
export class Unavailable extends ApiError {
  override readonly code = 'UNAVAILABLE';
}

/** No answer in time. A write may have been done. */
export class RequestTimedOut extends KubeError {
  readonly code = 'TIMED_OUT';
  constructor(asked: string, timeoutMs: number) {
    super(`${asked}: no answer within ${timeoutMs} ms`);
  }
}

/** No connection, or it broke. A write may have been done. */
export class ConnectionFailed extends KubeError {
  readonly code = 'CONNECTION_FAILED';
  constructor(asked: string, cause: unknown) {
    super(`${asked}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A watch was silent for longer than its bookmarks allow: nobody is at the other end. */
export class WatchStalled extends KubeError {
  readonly code = 'WATCH_STALLED';
}

/** The server's answer is not what its API promises, or larger than we take. */
export class BadAnswer extends KubeError {
  readonly code = 'BAD_ANSWER';
}

/** The configuration says nothing usable about where the API server is. */
export class InvalidAccess extends KubeError {
  readonly code = 'INVALID_ACCESS';
}

/** This process may not write (any more): another one leads. The request was not sent. */
export class NotLeading extends KubeError {
  readonly code = 'NOT_LEADING';
}

/** The server says no to this very object, for good: a rule, a quota, a role. Everything that does not depend on it may go on. */
export function isRefusal(error: unknown): error is Forbidden | Invalid {
  return error instanceof Forbidden || error instanceof Invalid;
}

/** The parts of an answer that says no. */
export interface Refusal {
  /** Method and path, to begin the message with. */
  readonly asked: string;
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** The error for an answer whose status is 400 or above; `body` is its text, a `Status` object as a rule. */
export function apiError(asked: string, status: number, body: string, retryAfterSeconds?: string): ApiError {
  const seconds = Number(retryAfterSeconds);
  const retryAfterMs = retryAfterSeconds === undefined || Number.isNaN(seconds) ? undefined : seconds * 1_000;
  const { reason, message } = statusObject(body);
  const refusal = { asked, status, reason, message: message || `HTTP status ${status}`, retryAfterMs };
  if (status === 409) return new (reason === 'AlreadyExists' ? AlreadyExists : Conflict)(refusal);
  return new (classOf(status))(refusal);
}

function classOf(status: number): new (refusal: Refusal) => ApiError {
  if (status === 401) return Unauthorized;
  if (status === 403) return Forbidden;
  if (status === 404) return NotFound;
  if (status === 410) return Gone;
  if (status === 422) return Invalid;
  return status === 429 || status >= 500 ? Unavailable : ApiError;
}

/** A proxy in between answers with a page instead of a `Status`: its beginning is the message then. */
const FOREIGN_TEXT_CHARACTERS_MAX = 200;

function statusObject(body: string): { reason: string; message: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { reason: '', message: body.slice(0, FOREIGN_TEXT_CHARACTERS_MAX).trim() };
  }
  const { reason, message } = (parsed ?? {}) as { reason?: unknown; message?: unknown };
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
  };
}

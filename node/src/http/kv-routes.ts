/**
 * `/v1/kv/{key}`: one key as a resource. Content goes in and comes out byte for byte; a key is the rest
 * of the path, percent-decoded to bytes. The entity tag is the key's modification revision.
 */
import type { Request, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import type { Condition } from '../kv/condition.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { replyOf } from './answers.ts';
import type { BodyReader } from './body.ts';
import type { Calls } from './calls.ts';
import { read } from './consistency.ts';
import { IdempotentWrite } from './idempotent-write.ts';
import { keyProblem } from './key.ts';
import { answerListing } from './listing.ts';
import { percentDecode } from './percent.ts';
import { conditionOf, entityTag, judge, parsePreconditions, type Preconditions } from './preconditions.ts';
import { methodNotAllowed, notFound, preconditionFailed, sendProblem } from './problem.ts';
import { parseQuery, splitTarget, staleParameter, ttlParameter } from './query.ts';

/** What `kv.get` answers for a key: value, creation and last revision, version, deadline or 0. */
type Found = readonly [string, number, number, number, number];

/** A write of one key: a command that takes a condition, and what to say when it was carried out. */
interface Change {
  readonly write: IdempotentWrite;
  readonly preconditions: Preconditions;
  readonly response: Response;
  readonly code: number;
  readonly needsKey: boolean;
  args(condition: Condition): readonly string[];
  /** `fresh`: the key was created or deleted by this, not found so. */
  done(revision: number, fresh: boolean): void;
}

/** What a DELETE may carry means nothing, and is not read. */
const NO_CONTENT = Buffer.alloc(0);

export class KvRoutes {
  readonly #calls: Calls;
  readonly #bodies: BodyReader;

  constructor(calls: Calls, bodies: BodyReader) {
    this.#calls = calls;
    this.#bodies = bodies;
  }

  /** Answers any request below `/v1/kv`, which express has taken off the URL. */
  readonly handle = (request: Request, response: Response): void => {
    const { path, query } = splitTarget(request.url);
    if (path === '/') {
      if (request.method === 'GET' || request.method === 'HEAD') answerListing(this.#calls, query, response);
      else sendProblem(response, methodNotAllowed(request.method, ['GET', 'HEAD']));
      return;
    }
    const key = percentDecode(path.slice(1));
    if (key === undefined) {
      throw new InvalidInput('the key', path.slice(1, 100), 'must have two hexadecimal digits after each %');
    }
    const problem = keyProblem(key);
    if (problem !== undefined) {
      sendProblem(response, problem);
      return;
    }
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        this.#get(key, query, request, response);
        return;
      case 'PUT':
        this.#put(key, query, request, response);
        return;
      case 'DELETE':
        this.#delete(key, query, request, response);
        return;
      default:
        sendProblem(response, methodNotAllowed(request.method, ['GET', 'HEAD', 'PUT', 'DELETE']));
    }
  };

  #get(key: string, query: string, request: Request, response: Response): void {
    const stale = staleParameter(parseQuery(query, ['consistency']));
    const preconditions = preconditionsOf(request);
    read(this.#calls, stale, response, INTERNAL.get, [key], (outcome) => {
      const reply = replyOf(outcome, response);
      if (reply === undefined) return;
      if (reply === null) sendProblem(response, noSuchKey());
      else answerFound(reply as unknown as Found, preconditions, response);
    });
  }

  #put(key: string, query: string, request: Request, response: Response): void {
    const ttlMs = ttlParameter(parseQuery(query, ['ttl']));
    const preconditions = preconditionsOf(request);
    const range = request.headers['content-range'];
    if (range !== undefined) throw new InvalidInput('Content-Range', range, 'must be absent: a PUT is whole');
    const write = new IdempotentWrite(this.#calls, request, response);
    this.#bodies.read(request, (problem, body) => {
      if (problem !== undefined) {
        sendProblem(response, problem);
        return;
      }
      const value = body.latin1Slice();
      const lifetime = ttlMs === undefined ? '' : String(ttlMs);
      const change: Change = {
        write,
        preconditions,
        response,
        code: INTERNAL.put,
        needsKey: false,
        args: ({ kind, expected }) => [key, value, kind, expected, lifetime],
        done: (revision, created) => answerChanged(response, created ? 201 : 204, revision),
      };
      carryOut(change, body);
    });
  }

  #delete(key: string, query: string, request: Request, response: Response): void {
    parseQuery(query, []);
    const change: Change = {
      write: new IdempotentWrite(this.#calls, request, response),
      preconditions: preconditionsOf(request),
      response,
      code: INTERNAL.delete,
      needsKey: true,
      args: ({ kind, expected }) => [key, kind, expected],
      done: (revision, deleted) => {
        if (deleted) answerChanged(response, 204, revision);
        else sendProblem(response, noSuchKey());
      },
    };
    carryOut(change, NO_CONTENT);
  }
}

function carryOut(change: Change, body: Buffer): void {
  const { write, code, preconditions, response } = change;
  write.run(body, code, change.args(conditionOf(preconditions)), (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply === undefined) return;
    const [done, revision, fresh] = reply as readonly [number, number, number];
    if (done === 1) change.done(revision, fresh === 1);
    else answerRejected(change, revision);
  });
}

function preconditionsOf(request: Request): Preconditions {
  return parsePreconditions(request.headers['if-match'], request.headers['if-none-match']);
}

function answerFound(found: Found, preconditions: Preconditions, response: Response): void {
  const [value, , revision, , expiresAtMs] = found;
  const failing = judge(preconditions, revision);
  if (failing === 'If-Match') {
    sendProblem(response, preconditionFailed(failing, revision));
    return;
  }
  setRevision(response, revision);
  // Caches may keep it, but must ask each time: reads are linearizable.
  response.setHeader('Cache-Control', 'no-cache');
  if (expiresAtMs !== 0) response.setHeader('PaxosKV-Expires-At', String(expiresAtMs));
  if (failing === 'If-None-Match') {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': value.length,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(value, 'latin1');
}

function answerChanged(response: Response, status: number, revision: number): void {
  setRevision(response, revision);
  if (status === 201) response.setHeader('Content-Length', 0);
  response.writeHead(status).end();
}

/** A change that the store did not make, since the key was at `revision` (0: absent). */
function answerRejected(change: Change, revision: number): void {
  if (revision === 0 && change.needsKey) {
    sendProblem(change.response, noSuchKey());
    return;
  }
  const header = change.preconditions.ifMatch === undefined ? 'If-None-Match' : 'If-Match';
  const failing = judge(change.preconditions, revision) ?? header;
  sendProblem(change.response, preconditionFailed(failing, revision));
}

function setRevision(response: Response, revision: number): void {
  response.setHeader('ETag', entityTag(revision));
  response.setHeader('PaxosKV-Revision', String(revision));
}

function noSuchKey() {
  return notFound('there is no such key');
}

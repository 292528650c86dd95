/**
 * The routes of GoPaxos, for those who come from there: they answer in JSON, take text for keys and
 * values, and do the same as `/v1/kv`, without conditions.
 */
import type { Express, Request, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { replyOf, sendJson } from './answers.ts';
import type { BodyReader } from './body.ts';
import type { Calls } from './calls.ts';
import { IdempotentWrite } from './idempotent-write.ts';
import { bytesOf, keyProblem } from './key.ts';
import { setBytes } from './json-bytes.ts';
import { formDecode } from './percent.ts';
import { invalidInput, notFound, sendProblem } from './problem.ts';
import { onlyMethods } from './routes.ts';

const NO_CONTENT = Buffer.alloc(0);

/** Targets of routes that change something although GET may ask them, as any image of a page may. */
export const FIRST_ROUTES_CHANGING = /^\/(?:store\/(?:set|nop)|crash)/;

export interface FirstRoutesOptions {
  readonly calls: Calls;
  readonly bodies: BodyReader;
  /** Whether `GET /crash` may end this process. */
  readonly crashEnabled: boolean;
}

/** Adds the routes. Those that change something refuse HEAD, which express would treat as GET. */
export function addFirstRoutes(routes: Express, options: FirstRoutesOptions): void {
  const { calls, bodies } = options;
  routes
    .route('/store/set')
    .post((request, response) => {
      const write = new IdempotentWrite(calls, request, response);
      bodies.read(request, (problem, body) => {
        if (problem !== undefined) sendProblem(response, problem);
        else setFromBody(write, request, body, response);
      });
    })
    .all(onlyMethods('POST'));
  routes
    .route('/store/set/:key/:value')
    .head(onlyMethods('GET'))
    .get((request, response) => {
      const pair = { key: bytesOf(request.params.key), value: bytesOf(request.params.value) };
      set(new IdempotentWrite(calls, request, response), pair, NO_CONTENT, response);
    })
    .all(onlyMethods('GET'));
  routes
    .route('/store/get/:key')
    .get((request, response) => get(calls, bytesOf(request.params.key), response))
    .all(onlyMethods('GET', 'HEAD'));
  const nop = (request: Request, response: Response) => {
    const write = new IdempotentWrite(calls, request, response);
    write.run(NO_CONTENT, INTERNAL.nop, [], (outcome) => {
      if (replyOf(outcome, response) !== undefined) sendJson(response, 200, { done: true });
    });
  };
  routes
    .route('/store/nop')
    .head(onlyMethods('GET', 'POST'))
    .get(nop)
    .post(nop)
    .all(onlyMethods('GET', 'POST'));
  routes
    .route('/crash')
    .head(onlyMethods('GET'))
    .get((_request, response) => crash(options.crashEnabled, response))
    .all(onlyMethods('GET'));
}

function set(write: IdempotentWrite, { key, value }: Pair, body: Buffer, response: Response): void {
  const problem = keyProblem(key);
  if (problem !== undefined) {
    sendProblem(response, problem);
    return;
  }
  write.run(body, INTERNAL.put, [key, value, '', '', ''], (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply === undefined) return;
    const [, revision] = reply as readonly [number, number, number];
    const answer: Record<string, unknown> = {};
    setBytes(answer, 'key', key);
    setBytes(answer, 'value', value);
    answer['revision'] = revision;
    sendJson(response, 200, answer);
  });
}

function get(calls: Calls, key: string, response: Response): void {
  const problem = keyProblem(key);
  if (problem !== undefined) {
    sendProblem(response, problem);
    return;
  }
  calls.read(INTERNAL.get, [key], (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply === undefined) return;
    if (reply === null) {
      sendProblem(response, notFound('there is no such key'));
      return;
    }
    const [value, , revision] = reply as readonly [string, number, number];
    const answer: Record<string, unknown> = {};
    setBytes(answer, 'key', key);
    setBytes(answer, 'value', value);
    answer['revision'] = revision;
    sendJson(response, 200, answer);
  });
}

function setFromBody(write: IdempotentWrite, request: Request, body: Buffer, response: Response): void {
  let pair: Pair;
  try {
    pair = isForm(request) ? pairFromForm(body) : pairFromJson(body);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    sendProblem(response, invalidInput(error));
    return;
  }
  set(write, pair, body, response);
}

/** A key and a value as bytes (latin1). */
interface Pair {
  readonly key: string;
  readonly value: string;
}

function isForm(request: Request): boolean {
  return (request.headers['content-type'] ?? '')
    .toLowerCase()
    .startsWith('application/x-www-form-urlencoded');
}

function pairFromForm(body: Buffer): Pair {
  const fields = new Map<string, string>();
  for (const field of body.latin1Slice().split('&')) {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    if (name !== 'key' && name !== 'value') continue;
    const value = equals < 0 ? '' : formDecode(field.slice(equals + 1));
    if (value === undefined) {
      throw new InvalidInput(name, field.slice(0, 100), 'must have two hexadecimal digits after each %');
    }
    fields.set(name, value);
  }
  const text = (name: string) => {
    const value = fields.get(name);
    if (value === undefined) throw new InvalidInput(name, null, 'must be a field of the form');
    return value;
  };
  return { key: text('key'), value: text('value') };
}

function pairFromJson(body: Buffer): Pair {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const start = body.toString('utf8', 0, 100);
    throw new InvalidInput('the content', start, 'must be JSON such as {"key":"a","value":"b"}', { cause });
  }
  const record = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  const text = (name: string) => {
    const value = record[name];
    if (typeof value !== 'string') throw new InvalidInput(name, value ?? null, 'must be a string');
    return bytesOf(value);
  };
  return { key: text('key'), value: text('value') };
}

function crash(enabled: boolean, response: Response): void {
  if (!enabled) {
    sendProblem(response, {
      status: 403,
      name: 'crash-disabled',
      title: 'Crashing is not enabled',
      detail: 'start this replica with --enable-crash-route to let anyone who can reach this port end it',
    });
    return;
  }
  // As by kill -9: nothing gets to flush, answer or say goodbye.
  process.kill(process.pid, 'SIGKILL');
}

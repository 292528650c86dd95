/**
 * Hands what a cluster's console asks for on to its replicas, one after the other until one answers, and the answer back. Only data, and only to read; the
 * cluster secret goes along for what shows how the cluster is, and never for keys: these want what clients must show, from the person who asks.
 *
 * All consoles have one origin here, and who may name the image of one cluster is no operator of the others. So what a replica
 * answers is data, whatever it says that it is: a browser would run none of it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answerOf, type Question } from './replica-answer.ts';
import type { ReplicaDoor } from './replica-door.ts';

export const LIVE = 'live';
const KEYS = 'keys/';
/** The head of the live channel comes at once; a linearizable read may wait for the leader. */
const LIVE_ANSWER_MS_MAX = 1_000;
const KEYS_ANSWER_MS_MAX = 5_000;
const KEY_LIST = /^keys\/(?:\?|$)/;

/** Of an answer, what the page reads: numbers. All else that a browser would heed stays here. */
const HEADERS_BACK: readonly string[] = ['paxoskv-revision', 'paxoskv-expires-at'];
const NUMBER = /^\d{1,20}$/;

const DATA_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

/** Whether what follows `/console/` is what the page's scripts ask a replica for. */
export function isData(rest: string): boolean {
  return rest === LIVE || rest.startsWith(KEYS);
}

/** `rest`: what follows `/console/`, with its query, as it came. Never rejects. */
export async function forward(
  doors: readonly ReplicaDoor[],
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const failures: string[] = [];
  for (const door of doors) {
    // Meanwhile the browser may have left, or has got a part that nobody can take back.
    if (response.destroyed || response.headersSent) break;
    try {
      const question = questionOf(door, rest, request);
      await passOn(await answerOf(door, { ...question, signal: gone.signal }), rest, response);
      return;
    } catch (error) {
      failures.push(`${door.host}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  fail(response, `no replica answers: ${failures.join('; ')}`);
}

async function passOn(answer: IncomingMessage, rest: string, response: ServerResponse): Promise<void> {
  const { statusCode: status = 0 } = answer;
  response.writeHead(status, {
    ...DATA_HEADERS,
    ...numbersOf(answer),
    'Content-Type': typeOf(rest, status),
  });
  response.flushHeaders();
  await pipeline(answer, response);
}

function fail(response: ServerResponse, detail: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(502, { ...DATA_HEADERS, 'Content-Type': 'application/problem+json' });
  response.end(JSON.stringify({ status: 502, detail }));
}

/** By what was asked for, whatever the replica says. */
function typeOf(rest: string, status: number): string {
  if (status >= 300) return 'application/problem+json';
  if (rest === LIVE) return 'text/event-stream';
  return KEY_LIST.test(rest) ? 'application/json' : 'application/octet-stream';
}

/** All else of a request stays here, cookies of other pages of this machine above all. */
function questionOf(
  { secret }: ReplicaDoor,
  rest: string,
  { method = 'GET', headers }: IncomingMessage,
): Omit<Question, 'signal'> {
  const { accept, authorization: typed } = headers;
  const own = secret === undefined ? undefined : `Bearer ${secret}`;
  const authorization = rest === LIVE ? own : typed;
  return {
    method,
    path: `/console/${rest}`,
    headers: {
      ...(accept === undefined ? {} : { Accept: accept }),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    answerMsMax: rest === LIVE ? LIVE_ANSWER_MS_MAX : KEYS_ANSWER_MS_MAX,
  };
}

function numbersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    HEADERS_BACK.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' && NUMBER.test(value) ? [[name, value]] : [];
    }),
  );
}

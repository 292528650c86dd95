/**
 * Hands a request for a cluster's console on to one of its replicas, and the answer back. Only the console, and only to read; the
 * cluster secret goes along for what shows how the cluster is, and never for keys: these want what clients must show, from the person who asks.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { ReplicaDoor } from './replica-door.ts';

/** Until the head of the answer is there; a live channel then goes on for as long as it likes. */
const ANSWER_MS_MAX = 5_000;

/** What the page asks for besides its own files. */
const WITH_SECRET: ReadonlySet<string> = new Set(['live', 'self']);
/** Of a request that is passed on; all else stays here, cookies of other pages of this machine above all. */
const HEADERS_ON: readonly string[] = ['accept', 'if-none-match'];
/** Of an answer. */
const HEADERS_BACK: readonly string[] = [
  'content-type',
  'content-length',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
  'cache-control',
  'etag',
  'www-authenticate',
  'paxoskv-revision',
  'paxoskv-expires-at',
  'paxoskv-slot',
  'paxoskv-age-ms',
];

/** `rest`: what follows `/console/`, with its query, as it came. */
export function forward(
  door: ReplicaDoor,
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const fail = (why: string): void => {
    if (response.headersSent) return void response.destroy();
    response.writeHead(502, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
    response.end(JSON.stringify({ status: 502, detail: `${door.host} does not answer: ${why}` }));
  };
  const options = {
    host: door.address,
    port: door.port,
    method: request.method,
    path: `/console/${rest}`,
    headers: headersOn(door, rest, request),
    agent: false,
  } as const;
  const asked =
    door.authority === undefined
      ? http.request(options)
      : https.request({ ...options, ca: door.authority, servername: door.host });
  const late = setTimeout(
    () => asked.destroy(new Error(`nothing came within ${ANSWER_MS_MAX} ms`)),
    ANSWER_MS_MAX,
  );
  response.once('close', () => {
    clearTimeout(late);
    asked.destroy();
  });
  asked.on('error', ({ message }) => fail(message));
  asked.on('response', (answer) => {
    clearTimeout(late);
    answer.on('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, pick(answer, HEADERS_BACK));
    response.flushHeaders();
    answer.pipe(response);
  });
  asked.end();
}

function headersOn(door: ReplicaDoor, rest: string, request: IncomingMessage): Record<string, string> {
  const headers = { ...pick(request, HEADERS_ON), Host: `${door.host}:${door.port}` };
  const { authorization } = request.headers;
  const own = rest.startsWith('keys/') && authorization !== undefined ? { Authorization: authorization } : {};
  const secret =
    WITH_SECRET.has(rest) && door.secret !== undefined ? { Authorization: `Bearer ${door.secret}` } : {};
  return { ...headers, ...own, ...secret };
}

function pick({ headers }: IncomingMessage, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

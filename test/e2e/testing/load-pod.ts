/**
 * The program of the pod that is a client all the while: it writes and reads through the Service as a modest application would,
 * and writes down what it asked, when, and what it was told. It judges nothing but what only it can see: that every acknowledged
 * write is there at the end, through each replica. The test asks it over HTTP:
 *
 *     /progress   how much was done, and the longest time that a client waited for a write since the last /mark
 *     /mark       forgets that time
 *     /ask        one command, ?word= each of its words, through ?host=
 *     /result     ends the load, reads everything again through the hosts named by ?through=, and tells it all
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Operation } from '../../testing/linearizability.ts';
import { type RawReply, type ReplyValue, RespConnection, valueOf } from '../../testing/resp-connection.ts';
import { CONTROL_PORT, type LoadProgress, type LoadResult, REDIS_PORT } from './load-protocol.ts';

/** Between two requests of a client: keeps histories short enough to be checked, and leaves the machine to others. */
const PACE_MS = 15;
const REGISTERS = 4;
/** Then the registers and the counter get new names: a search for an order grows with the length of a history. */
const CALLS_PER_REGISTER = 400;
/** A SYN to a pod that is gone is answered by nobody. */
const CONNECT_MS = 1_000;
/** A replica answers within five seconds, one way or the other; who does not by then is given up. */
const ANSWER_MS = 8_000;
const RECONNECT_MS = 20;
/** Keys that one MGET of the final reading asks for. */
const READ_KEYS = 500;
const LOST_SHOWN_MAX = 20;

/** What became of a request: done with this answer, surely not done, or nobody knows. */
type Fate = { readonly kind: 'done'; readonly value: ReplyValue } | { readonly kind: 'notDone' | 'unknown' };

const password = process.env['LOAD_PASSWORD'];
const service = process.env['LOAD_HOST'] ?? 'localhost';
const clients = Number(process.env['LOAD_CLIENTS'] ?? '4');

/** In every key: a client before this one may have left its own. */
const life = randomBytes(4).toString('hex');

const histories: Record<string, LoadResult['histories'][string]> = {};
/** Keys written once, by their value: acknowledged, and of unknown outcome. */
const acknowledged = new Map<string, string>();
const perhaps = new Map<string, string>();
const undocumented = new Set<string>();
const counts = { done: 0, notDone: 0, unknown: 0, refusedConnections: 0 };
/** By client: when its last write was acknowledged, and the longest time between two of them. */
const lastWriteAt: number[] = [];
const longestGap: number[] = [];
let registerCalls = 0;
const state = { stopped: false };

async function open(host: string): Promise<RespConnection | undefined> {
  const opening = RespConnection.open(REDIS_PORT, host);
  const late = new AbortController();
  const opened = await Promise.race([
    opening.catch(() => undefined),
    pause(CONNECT_MS, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  if (opened === undefined) {
    counts.refusedConnections += 1;
    opening.then((connection) => connection.close()).catch(() => undefined);
    return undefined;
  }
  if (password === undefined) return opened;
  const answer = await ask(opened, 'AUTH', password);
  if (answer?.startsWith('+') === true) return opened;
  if (answer !== undefined) undocumented.add(`AUTH: ${answer}`);
  opened.close();
  return undefined;
}

/** Undefined: no answer came, and none will. */
async function ask(connection: RespConnection, ...words: string[]): Promise<RawReply> {
  const timer = setTimeout(() => connection.close(), ANSWER_MS);
  try {
    return await connection.ask(...words);
  } finally {
    clearTimeout(timer);
  }
}

function fateOf(raw: RawReply): Fate {
  if (raw === undefined) return failed('unknown');
  if (raw.startsWith('-CLUSTERDOWN ')) return failed('notDone');
  if (raw.startsWith('-UNKNOWNOUTCOME ')) return failed('unknown');
  if (raw.startsWith('-')) {
    undocumented.add(raw.trim());
    return failed('unknown');
  }
  counts.done += 1;
  return { kind: 'done', value: valueOf(raw) };
}

function failed(kind: 'notDone' | 'unknown'): Fate {
  counts[kind] += 1;
  return { kind };
}

function record(key: string, calledAt: number, operation: Operation, returnedAt: number | null): void {
  (histories[key] ??= []).push({ operation, calledAt, returnedAt });
}

function written(client: number): void {
  const now = performance.now();
  longestGap[client] = Math.max(longestGap[client] ?? 0, now - (lastWriteAt[client] ?? now));
  lastWriteAt[client] = now;
}

function register(): string {
  registerCalls += 1;
  return `register:${life}:${Math.floor(registerCalls / (CALLS_PER_REGISTER * REGISTERS))}:${registerCalls % REGISTERS}`;
}

async function act(connection: RespConnection, client: number, turn: number): Promise<void> {
  const value = `${client}:${turn}`;
  const kind = ['unique', 'set', 'get', 'increment', 'unique'][turn % 5];
  if (kind === 'unique') {
    const key = `unique:${life}:${value}`;
    const { kind: fate } = fateOf(await ask(connection, 'SET', key, value));
    if (fate === 'done') {
      acknowledged.set(key, value);
      written(client);
    } else if (fate === 'unknown') perhaps.set(key, value);
    return;
  }
  const key = kind === 'increment' ? register().replace('register', 'counter') : register();
  const calledAt = performance.now();
  if (kind === 'get') {
    const fate = fateOf(await ask(connection, 'GET', key));
    if (fate.kind === 'done')
      record(key, calledAt, { kind, seen: fate.value as string | null }, performance.now());
    return;
  }
  const fate = fateOf(
    kind === 'set' ? await ask(connection, 'SET', key, value) : await ask(connection, 'INCR', key),
  );
  if (fate.kind === 'notDone') return;
  const isDone = fate.kind === 'done';
  const operation: Operation =
    kind === 'set'
      ? { kind, value }
      : { kind: 'increment', seen: isDone ? (fate.value as number) : undefined };
  record(key, calledAt, operation, isDone ? performance.now() : null);
  if (isDone) written(client);
}

async function run(client: number): Promise<void> {
  let connection: RespConnection | undefined;
  for (let turn = 0; !state.stopped; turn += 1) {
    if (connection === undefined || connection.isClosed) {
      connection = await open(service);
      if (connection === undefined) {
        await pause(RECONNECT_MS);
        continue;
      }
    }
    await act(connection, client, turn);
    await pause(PACE_MS);
  }
  connection?.close();
}

// --- The end ---------------------------------------------------------------------------------

async function readThrough(host: string, lost: string[]): Promise<void> {
  const connection = await open(host);
  if (connection === undefined) {
    lost.push(`nothing can be read through ${host}`);
    return;
  }
  for (const [expected, mayLack] of [
    [acknowledged, false],
    [perhaps, true],
  ] as const) {
    const entries = [...expected];
    for (let start = 0; start < entries.length; start += READ_KEYS) {
      const part = entries.slice(start, start + READ_KEYS);
      const answer = await ask(connection, 'MGET', ...part.map(([key]) => key));
      const values = answer === undefined ? undefined : valueOf(answer);
      if (!Array.isArray(values)) {
        lost.push(`MGET through ${host}: ${answer ?? 'no answer'}`);
        return;
      }
      for (const [offset, [key, value]] of part.entries()) {
        const found = values[offset] as ReplyValue;
        if (found === value || (mayLack && found === null)) continue;
        lost.push(`${key} through ${host}: ${String(found)}`);
      }
    }
  }
  for (const key of Object.keys(histories)) {
    const calledAt = performance.now();
    const answer = await ask(connection, 'GET', key);
    const value = answer === undefined ? undefined : valueOf(answer);
    if (typeof value === 'string' || value === null) {
      record(key, calledAt, { kind: 'get', seen: value }, performance.now());
    } else lost.push(`GET ${key} through ${host}: ${answer ?? 'no answer'}`);
  }
  connection.close();
}

async function result(hosts: readonly string[]): Promise<LoadResult> {
  state.stopped = true;
  await running;
  const lost: string[] = [];
  for (const host of hosts) await readThrough(host, lost);
  return {
    ...counts,
    acknowledged: acknowledged.size,
    perhaps: perhaps.size,
    lost: lost.slice(0, LOST_SHOWN_MAX),
    undocumented: [...undocumented],
    histories,
  };
}

function progress(): LoadProgress {
  const now = performance.now();
  const gaps = longestGap.map((gap, client) => Math.max(gap, now - (lastWriteAt[client] ?? now)));
  return { ...counts, longestGapMs: Math.round(Math.max(0, ...gaps)) };
}

async function command(host: string, words: string[]): Promise<RawReply | null> {
  const connection = await open(host);
  if (connection === undefined) return null;
  const answer = await ask(connection, ...words);
  connection.close();
  return answer ?? null;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://load');
  const answer = async (): Promise<unknown> => {
    if (url.pathname === '/result') return await result(url.searchParams.getAll('through'));
    if (url.pathname === '/ask') {
      return await command(url.searchParams.get('host') ?? service, url.searchParams.getAll('word'));
    }
    if (url.pathname === '/mark') longestGap.fill(0);
    return progress();
  };
  void answer().then((body) => response.end(JSON.stringify(body)));
});

const running = Promise.all(Array.from({ length: clients }, (_, client) => run(client)));
server.listen(CONTROL_PORT);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

/** Whatever bytes come in at a client's port: the process lives, its memory stays, and those who make sense are served. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

/** More for a longer run by hand. */
const FUZZ_MS = Number(process.env['PAXOSKV_TEST_FUZZ_MS'] ?? 4_000);
const SEED = Number(process.env['PAXOSKV_TEST_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const CONNECTIONS = 24;
/** Nothing that is sent is worth keeping for long. */
const RESIDENT_MIB_MAX = 1_200;

/** Mulberry32: small, seeded, good enough to be silly with. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Chance = () => number;

function pick<T>(chance: Chance, choices: readonly T[]): T {
  return choices[Math.floor(chance() * choices.length)] as T;
}

const WORDS = (
  'GET SET DEL MGET MSET APPEND SETRANGE GETRANGE INCR INCRBYFLOAT EXPIRE PEXPIREAT GETEX SCAN KEYS RANDOMKEY MULTI EXEC DISCARD ' +
  'WATCH UNWATCH HELLO CLIENT CONFIG COMMAND INFO RESET SELECT OBJECT COPY RENAME FLUSHALL AUTH ECHO PING CLUSTER WAIT LIST ' +
  'KILL REPLY SETNAME GETKEYS * ? [a-z] \\ NX XX EX PX COUNT MATCH TYPE string 0 1 -1 2 3 9223372036854775807 ' +
  '9223372036854775808 1e400 nan inf 8388607 99999999 k key a b'
).split(' ');

function word(chance: Chance): string {
  if (chance() < 0.8) return pick(chance, WORDS);
  const length = Math.floor(chance() ** 4 * 20_000);
  return Array.from({ length }, () => String.fromCharCode(Math.floor(chance() * 256))).join('');
}

function redisRequest(chance: Chance): string {
  const words = [
    pick(chance, WORDS),
    ...Array.from({ length: Math.floor(chance() ** 2 * 8) }, () => word(chance)),
  ];
  if (chance() < 0.1) return `${words.join(' ')}\r\n`;
  return `*${words.length}\r\n${words.map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`;
}

function httpRequest(chance: Chance): string {
  const method = pick(chance, [
    'GET',
    'PUT',
    'DELETE',
    'POST',
    'HEAD',
    'PATCH',
    'OPTIONS',
    'CONNECT',
    'TRACE',
    'X',
  ]);
  const path = pick(chance, [
    '/v1/kv/',
    '/v1/kv?limit=',
    '/store/set',
    '/store/get/',
    '/log/print/',
    '/crash',
    '*',
    '/%zz',
    '//',
  ]);
  const body = chance() < 0.5 ? '' : word(chance);
  const length = chance() < 0.8 ? body.length : Math.floor((chance() - 0.3) * 1e9);
  const header = pick(chance, [
    'If-Match',
    'If-None-Match',
    'Transfer-Encoding',
    'Expect',
    'Upgrade',
    'Connection',
    'X',
  ]);
  return `${method} ${path}${encodeURIComponent(word(chance).slice(0, 50))} HTTP/1.1\r\nHost: x\r\n${header}: ${word(
    chance,
  )
    .slice(0, 300)
    .replaceAll(/[\r\n]/g, '')}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** A few bytes are changed, cut out, doubled or sent twice. */
function mutated(chance: Chance, text: string): string {
  let result = text;
  for (let count = Math.floor(chance() * 4); count > 0; count -= 1) {
    const at = Math.floor(chance() * result.length);
    const length = Math.floor(chance() ** 3 * 20);
    const change = chance();
    const noise = String.fromCharCode(Math.floor(chance() * 256));
    if (change < 0.4) result = result.slice(0, at) + noise + result.slice(at + 1);
    else if (change < 0.6) result = result.slice(0, at) + result.slice(at + length);
    else if (change < 0.8) result = result.slice(0, at) + result.slice(at, at + length) + result.slice(at);
    else result = result.slice(0, at) + noise.repeat(length) + result.slice(at);
  }
  return result;
}

/** Connects, sends nonsense for a while, goes away in one way or another, and begins again. */
async function pester(
  chance: Chance,
  port: number,
  request: (chance: Chance) => string,
  endMs: number,
): Promise<number> {
  let sent = 0;
  while (performance.now() < endMs) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    if (chance() < 0.8) socket.resume();
    for (let count = Math.floor(chance() * 60); count > 0 && !socket.destroyed; count -= 1) {
      socket.write(mutated(chance, request(chance)), 'latin1');
      sent += 1;
      if (chance() < 0.2) await pause(1);
    }
    if (chance() < 0.5) {
      socket.end();
      await Promise.race([closed, pause(5)]);
    }
    socket.destroy();
    await closed;
  }
  return sent;
}

test('random bytes and broken requests at the Redis and HTTP ports kill nothing and stop nobody', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const pid = cluster.pid(0);
  const { redisPort, clusterPort, httpPort, adminPort } = cluster.address(0);
  t.diagnostic(`PAXOSKV_TEST_FUZZ_SEED=${SEED}`);
  const endMs = performance.now() + FUZZ_MS;
  const pests = Array.from({ length: CONNECTIONS }, (_, index) => {
    const chance = generator(SEED + index);
    const port = [redisPort, clusterPort, redisPort, httpPort, httpPort, adminPort][index % 6] as number;
    return pester(chance, port, index % 6 < 3 ? redisRequest : httpRequest, endMs);
  });
  const counts = Promise.all(pests);
  while (performance.now() < endMs) {
    await eventually('a client that makes sense is answered', async () => {
      // CLIENT KILL is among what they send.
      const client = await RespConnection.open(redisPort);
      const reply = await client.ask('GET', 'sense');
      client.close();
      return reply?.startsWith('$') === true ? true : undefined;
    });
  }
  t.diagnostic(`${(await counts).reduce((sum, count) => sum + count, 0)} pieces of nonsense`);
  assert.equal(cluster.pid(0), pid, 'the process lives');
  assert.equal((await cluster.readiness(0))?.code, 200);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const residentMib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  assert.ok(residentMib < RESIDENT_MIB_MAX, `${residentMib} MiB`);
});

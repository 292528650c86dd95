/** Who may ask the HTTP ports, over which channel. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { secretsOf } from '../auth/testing/secret-files.ts';
import type { ReplicaEvent } from '../observe/events.ts';
import { Authority, withoutOpenssl } from '../tls/testing/certificates.ts';
import { Tls } from '../tls/tls.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { WATCH_LIMITS } from '../watch/limits.ts';
import { Hub } from '../watch/hub.ts';
import { EventStream } from './testing/event-stream.ts';
import type { HttpDoorOptions } from './server.ts';
import { doorOn, listening } from './testing/running-door.ts';
import { StoreDoor } from './testing/store-door.ts';

const CURL = '/usr/bin/curl';
const run = promisify(execFile);

function header(password: string) {
  return { Authorization: `Bearer ${password}` };
}

async function runDoor(t: TestContext, changes: Partial<HttpDoorOptions>): Promise<number> {
  const door = doorOn(new StoreDoor(), changes);
  const port = await listening(door);
  t.after(() => new Promise<void>((resolve) => door.close(resolve)));
  return port;
}

test('without the password every address is 401, and nothing is done', async (t) => {
  const events: ReplicaEvent[] = [];
  const passwords = secretsOf(t, ['open sesame', 'another']).file;
  const port = await runDoor(t, { passwords, observer: (event) => events.push(event) });
  const ask = (path: string, authorization?: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: authorization === undefined ? {} : { authorization },
    });
  for (const [method, path] of [
    ['PUT', '/v1/kv/a'],
    ['GET', '/v1/kv/a'],
    ['GET', '/v1/kv'],
    ['GET', '/store/set/a/b'],
    ['GET', '/log/print'],
    ['GET', '/crash'],
    ['GET', '/nowhere'],
  ] as const) {
    const refused = await ask(path, undefined, { method, ...(method === 'PUT' ? { body: 'x' } : {}) });
    assert.equal(refused.status, 401, path);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="paxoskv"');
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    const problem = (await refused.json()) as { type: string; detail: string };
    assert.match(problem.type, /\/unauthorized$/);
  }
  for (const wrong of [
    'Bearer hush',
    'Bearer',
    'Basic b3BlbiBzZXNhbWU=',
    'open sesame',
    'Bearer open  sesame',
  ]) {
    const refused = await ask('/v1/kv/a', wrong);
    assert.equal(refused.status, 401, wrong);
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    assert.ok(!(await refused.text()).includes('hush'));
  }
  assert.equal(events.filter(({ kind }) => kind === 'refusedAccess').length, 12);
  assert.ok(events.some((event) => event.kind === 'clientOpened' && event.door === 'http'));
  assert.ok(!JSON.stringify(events).includes('hush'));
  assert.equal((await ask('/v1/kv/a', 'Bearer open sesame')).status, 404);
  assert.equal((await ask('/v1/kv/a', 'bearer another', { method: 'PUT', body: 'x' })).status, 201);
});

test('a password that is gone opens nothing from the next request on', async (t) => {
  const secrets = secretsOf(t, ['old']);
  const port = await runDoor(t, { passwords: secrets.file });
  const status = async (password: string) =>
    (await fetch(`http://127.0.0.1:${port}/v1/kv/a`, { headers: { authorization: `Bearer ${password}` } }))
      .status;
  assert.equal(await status('old'), 404);
  await secrets.replace('new');
  assert.equal(await status('old'), 401);
  assert.equal(await status('new'), 404);
});

test('a watch ends when the password that opened it is gone, and the others go on', async (t) => {
  const secrets = secretsOf(t, ['first', 'second']);
  const passwords = secrets.file;
  const replica = new StoreDoor();
  const hub = new Hub({ defer: setImmediate, limits: WATCH_LIMITS });
  hub.follow(replica.store);
  const door = doorOn(replica, { passwords, hub });
  const port = await listening(door);
  t.after(() => new Promise<void>((resolve) => door.close(resolve)));
  const url = `127.0.0.1:${port}/v1/watch`;
  const streamOf = (password: string) => EventStream.open(`http://${url}?key=a&from=1`, header(password));
  const [lost, kept] = [await streamOf('first'), await streamOf('second')];
  const socketOf = async (password: string) => {
    const socket = new WebSocket(`ws://${url}`, { headers: header(password) });
    t.after(() => socket.terminate());
    await once(socket, 'open');
    socket.send('{"type":"create","watch":1,"key":"a","from":1}');
    await once(socket, 'message');
    return socket;
  };
  const sockets = [await socketOf('first'), await socketOf('second')] as const;
  const closed = once(sockets[0], 'close');
  await secrets.replace('second', 'third');

  await lost.over();
  const { event, data } = lost.events.at(-1) ?? {};
  assert.deepEqual([event, data?.['code'], data?.['resumeFrom']], ['ended', 'unauthorized', 1]);
  const [code, reason] = (await closed) as [number, Buffer];
  assert.equal(code, 1008);
  assert.match(reason.toString(), /not in force any more/);
  assert.equal(hub.counts.watches, 2);
  const heard = once(sockets[1], 'message');
  replica.store.execute(INTERNAL.put, ['a', '1', '', '', ''], { nowMs: 1, random: 0 });
  assert.match(String(await heard), /"changes"/);
  assert.equal((await kept.first(2))[1]?.event, 'change');
  kept.close();
});

test('curl speaks HTTPS with it', { skip: withoutOpenssl || !existsSync(CURL) }, async (t) => {
  const authority = new Authority(t);
  const tls = new Tls(authority.replicaFiles(), () => undefined);
  t.after(() => tls.close());
  const port = await runDoor(t, { tls });
  const url = `https://127.0.0.1:${port}/v1/kv/a`;
  const curl = (...args: string[]) => run(CURL, ['-sS', '--cacert', authority.file, ...args]);
  await curl('-X', 'PUT', '--data-binary', 'blue', url);
  assert.equal((await curl(url)).stdout, 'blue');
  await assert.rejects(
    curl('--tls-max', '1.1', url),
    /alert protocol version|unsupported protocol|no protocols/,
  );
  const plain = await curl('-i', url.replace('https', 'http'));
  assert.match(plain.stdout, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(plain.stdout, /"detail":"this port speaks TLS: ask with https:\/\/"/);
  await assert.rejects(run(CURL, ['-sS', url]), /certificate/);
});

test('HTTPS at a port without TLS fails at once', async (t) => {
  const port = await runDoor(t, {});
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.write(Buffer.from('16030102000100', 'hex'));
  await once(socket, 'close');
});

/** Who may ask the HTTP ports, over which channel. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { secretsOf } from '../auth/testing/secret-files.ts';
import type { ReplicaEvent } from '../observe/events.ts';
import { Authority, withoutOpenssl } from '../tls/testing/certificates.ts';
import { Tls } from '../tls/tls.ts';
import type { HttpDoorOptions } from './server.ts';
import { doorOn, listening } from './testing/running-door.ts';
import { StoreDoor } from './testing/store-door.ts';

const CURL = '/usr/bin/curl';
const run = promisify(execFile);

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

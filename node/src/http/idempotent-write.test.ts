import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL } from '../kv/internal-codes.ts';
import { Failure } from '../replica/door.ts';
import { type RunningDoor, runDoor } from './testing/running-door.ts';

async function openSession({ url }: RunningDoor): Promise<string> {
  const response = await fetch(url('/v1/sessions'), { method: 'POST' });
  assert.equal(response.status, 201);
  const { id } = (await response.json()) as { id: string };
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.equal(response.headers.get('location'), `/v1/sessions/${id}`);
  return id;
}

/** What a client can tell one response from another by. */
async function seen(response: Response): Promise<Record<string, unknown>> {
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    revision: response.headers.get('paxoskv-revision'),
    location: response.headers.get('location'),
    type: response.headers.get('content-type'),
    body: await response.text(),
  };
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  return (await response.json()) as Record<string, unknown>;
}

interface Init {
  readonly method: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests that change something, in an order in which each does something of its own. */
const REQUESTS: readonly (readonly [path: string, init: Init])[] = [
  ['/v1/kv/a', { method: 'PUT', body: 'one' }],
  ['/v1/kv/a', { method: 'PUT', body: 'two', headers: { 'If-Match': '"1"' } }],
  ['/v1/kv/a', { method: 'PUT', body: 'three', headers: { 'If-Match': '"1"' } }],
  ['/v1/kv/a', { method: 'PUT', body: 'four', headers: { 'If-None-Match': '"7", "8"' } }],
  ['/v1/kv/b?ttl=30', { method: 'PUT', body: 'b' }],
  ['/v1/kv/b', { method: 'DELETE', headers: { 'If-None-Match': '"9"' } }],
  ['/v1/kv/b', { method: 'DELETE' }],
  ['/v1/txn', { method: 'POST', body: '{"success":[{"put":{"key":"c","value":"1"}},{"get":{"key":"c"}}]}' }],
  ['/store/set', { method: 'POST', body: '{"key":"d","value":"e"}' }],
  ['/store/set/d/f', { method: 'GET' }],
  ['/store/nop', { method: 'POST' }],
];

test('whatever is sent again with the same key is answered alike, marked, and not done again', async (t) => {
  const door = await runDoor(t);
  const session = await openSession(door);
  for (const [index, [path, init]] of REQUESTS.entries()) {
    const headers = { ...init.headers, 'Idempotency-Key': `${session}/${index + 1}` };
    const send = () => fetch(door.url(path), { ...init, headers });
    const first = await send();
    assert.equal(first.headers.get('paxoskv-replayed'), null, path);
    const { revision } = door.replica.store;
    const again = await send();
    assert.equal(again.headers.get('paxoskv-replayed'), 'true', path);
    assert.deepEqual(await seen(again), await seen(first), path);
    assert.equal(door.replica.store.revision, revision, path);
  }
  assert.equal(door.replica.store.find('a')?.value, 'four');
  assert.equal(door.replica.store.find('d')?.value, 'f');
});

test('a change that fails its condition is remembered too, whatever the key is by then', async (t) => {
  const door = await runDoor(t);
  const headers = { 'Idempotency-Key': `${await openSession(door)}/1`, 'If-Match': '"2"' };
  const send = () => fetch(door.url('/v1/kv/k'), { method: 'PUT', body: 'x', headers });
  assert.equal((await send()).status, 412);
  for (const value of ['1', '2']) await fetch(door.url('/v1/kv/k'), { method: 'PUT', body: value });
  assert.equal((await send()).status, 412);
  assert.equal(door.replica.store.find('k')?.value, '2');
});

test('the truth after an unknown outcome: done once, if it was done at all', async (t) => {
  const door = await runDoor(t);
  const headers = { 'Idempotency-Key': `${await openSession(door)}/1` };
  const send = () => fetch(door.url('/v1/kv/k'), { method: 'PUT', body: 'x', headers });
  door.replica.failure = new Failure('unknown', 'the leader went away');
  assert.equal((await send()).status, 504);
  door.replica.failure = undefined;
  const done = await send();
  assert.equal(done.status, 201);
  assert.equal(done.headers.get('paxoskv-replayed'), null);
});

test('another request under a used key is refused with 422, and changes nothing', async (t) => {
  const door = await runDoor(t);
  const key = `${await openSession(door)}/1`;
  const put = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(door.url(path), { method: 'PUT', body, headers: { 'Idempotency-Key': key, ...headers } });
  assert.equal((await put('/v1/kv/a', 'x')).status, 201);
  const others = [
    await put('/v1/kv/a', 'y'),
    await put('/v1/kv/b', 'x'),
    await put('/v1/kv/a?ttl=1', 'x'),
    await put('/v1/kv/a', 'x', { 'If-Match': '"1"' }),
    await fetch(door.url('/v1/kv/a'), { method: 'DELETE', headers: { 'Idempotency-Key': key } }),
  ];
  for (const response of others) {
    assert.equal(response.status, 422);
    assert.equal((await problemOf(response))['outcome'], 'not-done');
  }
  assert.equal(door.replica.store.revision, 1);
});

test('a session that is not there gets 410, and an older number 409, which say that the outcome is unknown', async (t) => {
  const door = await runDoor(t);
  const session = await openSession(door);
  const put = (key: string) =>
    fetch(door.url('/v1/kv/a'), { method: 'PUT', body: 'x', headers: { 'Idempotency-Key': key } });
  const unknown = await put('0123456789abcdef/1');
  assert.equal(unknown.status, 410);
  const problem = await problemOf(unknown);
  assert.equal(problem['outcome'], 'unknown');
  assert.equal(problem['type'], 'https://paxoskv.dev/problems/session-gone');
  assert.equal((await put(`${session}/7`)).status, 201);
  const old = await put(`${session}/6`);
  assert.equal(old.status, 409);
  assert.equal((await problemOf(old))['outcome'], 'unknown');
  const end = () => fetch(door.url(`/v1/sessions/${session}`), { method: 'DELETE' });
  assert.equal((await end()).status, 204);
  assert.equal((await put(`${session}/7`)).status, 410);
  assert.equal((await end()).status, 410);
});

test('a key that is none is refused by name, value and rule, before anything is done', async (t) => {
  const door = await runDoor(t);
  const bad = ['', 'x', '0123456789abcdef', '0123456789abcdef/', '0123456789abcdef/0', '0123456789abcdef/01'];
  bad.push('0123456789abcdef/9007199254740992', '0123456789ABCDEF/1', '0123456789abcdef/1/1', '123/1');
  for (const key of bad) {
    for (const [path, init] of REQUESTS) {
      const headers = { ...init.headers, 'Idempotency-Key': key };
      const response = await fetch(door.url(path), { ...init, headers });
      assert.equal(response.status, 400, `${path} with ${key}`);
      const { detail } = await problemOf(response);
      assert.match(String(detail), /^Idempotency-Key must be a session of 16 hexadecimal digits .*: it is "/);
    }
  }
  assert.equal(door.replica.writes, 0);
  const ended = await fetch(door.url('/v1/sessions/none'), { method: 'DELETE' });
  assert.equal(ended.status, 400);
});

test('a reply that is too long to be kept is not given twice, and the client hears that it was done', async (t) => {
  const door = await runDoor(t);
  const context = { nowMs: 1, random: 0 };
  door.replica.store.execute(INTERNAL.put, ['long', 'x'.repeat(70_000), '', '', ''], context);
  const headers = { 'Idempotency-Key': `${await openSession(door)}/1` };
  const body = '{"success":[{"put":{"key":"n","value":"1"}},{"get":{"key":"long"}}]}';
  const send = () => fetch(door.url('/v1/txn'), { method: 'POST', body, headers });
  assert.equal((await send()).status, 200);
  const again = await send();
  assert.equal(again.status, 409);
  const problem = await problemOf(again);
  assert.equal(problem['outcome'], 'done');
  assert.equal(problem['type'], 'https://paxoskv.dev/problems/reply-not-kept');
  assert.equal(door.replica.store.find('n')?.version, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaEvent } from '../observe/events.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { ErrorReply } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { runDoor } from './testing/running-door.ts';

const put = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body, headers });

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  assert.equal(problem['status'], response.status);
  assert.match(String(problem['type']), /^https:\/\/paxoskv\.dev\/problems\/[a-z-]+$/);
  assert.ok(problem['title'] !== '' && problem['detail'] !== '');
  return problem;
}

test('all 256 byte values come back as they went in, in the value and in the key', async (t) => {
  const { url, replica } = await runDoor(t);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const key = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const created = await put(url(`/v1/kv/${key}`), bytes, { 'Content-Type': 'image/png' });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('etag'), '"1"');
  const found = await fetch(url(`/v1/kv/${key}`));
  assert.equal(found.status, 200);
  assert.equal(found.headers.get('content-type'), 'application/octet-stream');
  assert.equal(found.headers.get('paxoskv-revision'), '1');
  assert.deepEqual(new Uint8Array(await found.arrayBuffer()), bytes);
  assert.equal(replica.store.find(Buffer.from(bytes).toString('latin1'))?.version, 1);
});

test('slashes belong to the key, and unescaped text is UTF-8', async (t) => {
  const { url, replica } = await runDoor(t);
  assert.equal((await put(url('/v1/kv/a/b//ü'), 'x')).status, 201);
  const key = Buffer.from('a/b//ü').toString('latin1');
  assert.equal(replica.store.find(key)?.value, 'x');
  assert.equal((await fetch(url('/v1/kv/a%2Fb%2F%2f%C3%BC'))).status, 200);
});

test('a value may be empty, is overwritten with 204 and deleted with 204, then 404', async (t) => {
  const { url } = await runDoor(t);
  assert.equal((await put(url('/v1/kv/k'), '')).status, 201);
  const empty = await fetch(url('/v1/kv/k'));
  assert.equal(empty.status, 200);
  assert.equal(await empty.text(), '');
  const again = await put(url('/v1/kv/k'), 'b');
  assert.equal(again.status, 204);
  assert.equal(again.headers.get('etag'), '"2"');
  assert.equal((await fetch(url('/v1/kv/k'), { method: 'DELETE' })).status, 204);
  const gone = await fetch(url('/v1/kv/k'), { method: 'DELETE' });
  assert.equal(gone.status, 404);
  await problemOf(gone);
  await problemOf(await fetch(url('/v1/kv/k')));
});

test('HEAD answers like GET without the content', async (t) => {
  const { url } = await runDoor(t);
  await put(url('/v1/kv/k'), 'abc');
  const head = await fetch(url('/v1/kv/k'), { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), '3');
  assert.equal(head.headers.get('etag'), '"1"');
  assert.equal(await head.text(), '');
  assert.equal((await fetch(url('/v1/kv/other'), { method: 'HEAD' })).status, 404);
});

test('conditions of a PUT: created once, changed only from the revision that was seen', async (t) => {
  const { url } = await runDoor(t);
  const key = url('/v1/kv/k');
  assert.equal((await put(key, 'x', { 'If-Match': '*' })).status, 412);
  assert.equal((await put(key, 'a', { 'If-None-Match': '*' })).status, 201);
  const second = await put(key, 'x', { 'If-None-Match': '*' });
  assert.equal(second.status, 412);
  assert.equal((await problemOf(second))['currentRevision'], 1);
  assert.equal(second.headers.get('etag'), '"1"');
  assert.equal((await put(key, 'x', { 'If-Match': '"7"' })).status, 412);
  assert.equal((await put(key, 'b', { 'If-Match': '"1"' })).status, 204);
  assert.equal((await put(key, 'c', { 'If-Match': '*' })).status, 204);
  assert.equal(await (await fetch(key)).text(), 'c');
});

test('lists, weak tags and foreign tags are judged as RFC 9110 says', async (t) => {
  const { url } = await runDoor(t);
  const key = url('/v1/kv/k');
  await put(key, 'a');
  assert.equal((await put(key, 'x', { 'If-Match': 'W/"1"' })).status, 412, 'If-Match compares strongly');
  assert.equal((await put(key, 'x', { 'If-Match': '"one", "two"' })).status, 412);
  assert.equal((await put(key, 'b', { 'If-Match': '"9" ,, "1"' })).status, 204);
  assert.equal((await put(key, 'x', { 'If-None-Match': '"1", W/"2"' })).status, 412, 'compares weakly');
  assert.equal((await put(key, 'c', { 'If-None-Match': '"1", "foreign"' })).status, 204);
  assert.equal((await put(key, 'd', { 'If-Match': '"3"', 'If-None-Match': '"2"' })).status, 204);
  assert.equal((await put(url('/v1/kv/new'), 'd', { 'If-None-Match': '"2"' })).status, 201);
  for (const bad of ['1', '"1', '"1" "2"', 'w/"1"', ',']) {
    const response = await put(key, 'x', { 'If-Match': bad });
    assert.equal(response.status, 400, bad);
    assert.match(String((await problemOf(response))['detail']), /^If-Match must /);
  }
});

test('GET answers 304 to whoever has the revision already, and 412 to a wrong If-Match', async (t) => {
  const { url } = await runDoor(t);
  const key = url('/v1/kv/k');
  await put(key, 'a');
  for (const tags of ['"1"', 'W/"1"', '"5", "1"', '*']) {
    const response = await fetch(key, { headers: { 'If-None-Match': tags } });
    assert.equal(response.status, 304, tags);
    assert.equal(response.headers.get('etag'), '"1"');
  }
  assert.equal((await fetch(key, { headers: { 'If-None-Match': '"2"' } })).status, 200);
  assert.equal((await fetch(key, { headers: { 'If-Match': '"2"' } })).status, 412);
  assert.equal((await fetch(key, { headers: { 'If-Match': '"1"' } })).status, 200);
});

test('conditions of a DELETE', async (t) => {
  const { url, replica } = await runDoor(t);
  const remove = (headers: Record<string, string>) =>
    fetch(url('/v1/kv/k'), { method: 'DELETE', headers }).then((response) => response.status);
  await put(url('/v1/kv/k'), 'a');
  assert.equal(await remove({ 'If-Match': '"2"' }), 412);
  assert.equal(await remove({ 'If-None-Match': '*' }), 412);
  assert.equal(replica.store.size, 1);
  assert.equal(await remove({ 'If-Match': '"3", "1"' }), 204);
  assert.equal(await remove({ 'If-Match': '"1"' }), 404);
  assert.equal(await remove({ 'If-None-Match': '"1"' }), 404);
});

test('of many clients that change the same revision one wins', async (t) => {
  const { url } = await runDoor(t);
  await put(url('/v1/kv/k'), 'first');
  const rivals = Array.from({ length: 20 }, (_, index) => index);
  const statuses = await Promise.all(
    rivals.map(async (rival) => (await put(url('/v1/kv/k'), `${rival}`, { 'If-Match': '"1"' })).status),
  );
  assert.equal(statuses.filter((status) => status === 204).length, 1);
  assert.equal(statuses.filter((status) => status === 412).length, 19);
});

test('a condition is judged when the change is applied, whoever comes in between', async (t) => {
  const { url, replica } = await runDoor(t);
  await put(url('/v1/kv/k'), 'a');
  const rival = () =>
    replica.store.execute(INTERNAL.put, ['k', 'rival', '', '', ''], { nowMs: 1, random: 0 });
  replica.beforeWrite = rival;
  const overtaken = await put(url('/v1/kv/k'), 'b', { 'If-None-Match': '"9"' });
  assert.equal(overtaken.status, 204);
  assert.equal(overtaken.headers.get('etag'), '"3"');
  replica.beforeWrite = rival;
  assert.equal((await put(url('/v1/kv/k'), 'c', { 'If-Match': '"3", "2"' })).status, 412);
});

test('a time to live is checked, kept and shown', async (t) => {
  const { url, replica } = await runDoor(t);
  for (const [ttl, lifetimeMs] of [
    ['30', 30_000],
    ['30s', 30_000],
    ['1500ms', 1500],
  ] as const) {
    await put(url(`/v1/kv/k?ttl=${ttl}`), 'a');
    const found = await fetch(url('/v1/kv/k'));
    assert.equal(found.headers.get('paxoskv-expires-at'), String(replica.nowMs + lifetimeMs));
  }
  await put(url('/v1/kv/k'), 'a');
  assert.equal((await fetch(url('/v1/kv/k'))).headers.get('paxoskv-expires-at'), null);
  for (const bad of ['0', '-1', '1.5', '5m', '', '99999999999']) {
    const response = await put(url(`/v1/kv/k?ttl=${bad}`), 'a');
    assert.equal(response.status, 400, bad);
    assert.match(String((await problemOf(response))['detail']), /^ttl must be whole seconds/);
  }
});

test('a mistyped or repeated parameter, and a partial PUT, are refused by name', async (t) => {
  const { url, replica } = await runDoor(t);
  const refusals = [
    [await put(url('/v1/kv/k?tll=3'), 'a'), /query parameter must be one of ttl: it is "tll"/],
    [await put(url('/v1/kv/k?ttl=3&ttl=4'), 'a'), /query parameter ttl must come only once/],
    [await fetch(url('/v1/kv/k?x=1')), /must be one of consistency/],
    [await put(url('/v1/kv/k'), 'a', { 'Content-Range': 'bytes 0-0/2' }), /Content-Range must be absent/],
  ] as const;
  for (const [response, detail] of refusals) {
    assert.equal(response.status, 400);
    assert.match(String((await problemOf(response))['detail']), detail);
  }
  assert.equal(replica.writes, 0);
});

test('other methods get 405 and what is allowed', async (t) => {
  const { url } = await runDoor(t);
  const posted = await fetch(url('/v1/kv/k'), { method: 'POST', body: 'x' });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD, PUT, DELETE');
  await problemOf(posted);
  assert.equal((await put(url('/v1/kv/'), 'x')).headers.get('allow'), 'GET, HEAD');
});

test('failures say whether the request was done: 503 not done, 504 unknown', async (t) => {
  const { url, replica } = await runDoor(t);
  replica.failure = new Failure('notDone', 'there is no leader');
  const notDone = await put(url('/v1/kv/k'), 'a');
  assert.equal(notDone.status, 503);
  assert.equal(notDone.headers.get('retry-after'), '1');
  const problem = await problemOf(notDone);
  assert.equal(problem['outcome'], 'not-done');
  assert.equal(problem['detail'], 'there is no leader');
  replica.failure = new Failure('unknown', 'the leader went away');
  const unknown = await put(url('/v1/kv/k'), 'a');
  assert.equal(unknown.status, 504);
  assert.equal((await problemOf(unknown))['outcome'], 'unknown');
});

test("the store's own refusals become statuses", async (t) => {
  const { url, replica } = await runDoor(t);
  replica.failure = new ErrorReply('WRONGTYPE Operation against a key holding the wrong kind of value');
  assert.equal((await fetch(url('/v1/kv/k'))).status, 409);
  replica.failure = new ErrorReply("OOM command not allowed when used memory > 'maxmemory'.");
  const full = await put(url('/v1/kv/k'), 'a');
  assert.equal(full.status, 507);
  assert.equal((await problemOf(full))['outcome'], 'not-done');
});

test('while the replica is congested requests wait, and then all are answered', async (t) => {
  const { url, replica } = await runDoor(t);
  replica.congest();
  const waiting = Array.from({ length: 10 }, (_, index) => put(url(`/v1/kv/${index}`), 'a'));
  const other = await fetch(url('/nowhere'));
  assert.equal(other.status, 404, 'the door itself goes on answering');
  while (replica.writes === 0) {
    replica.relieve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const responses = await Promise.all(waiting);
  assert.ok(responses.every((response) => response.status === 201));
});

test('observers hear of each command, its outcome and its duration', async (t) => {
  const events: ReplicaEvent[] = [];
  const { url, replica } = await runDoor(t, (event) => events.push(event));
  await put(url('/v1/kv/k'), 'a');
  await fetch(url('/v1/kv/k'));
  replica.failure = new Failure('unknown', 'x');
  await fetch(url('/v1/kv/k'));
  const seen = events.flatMap((event) =>
    event.kind === 'commandDone' ? [`${event.name} ${event.outcome}`] : [],
  );
  assert.deepEqual(seen, ['kv.put ok', 'kv.get ok', 'kv.get unknown']);
});

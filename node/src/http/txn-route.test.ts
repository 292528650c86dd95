import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL } from '../kv/internal-codes.ts';
import { TXN_REPLY_BYTES_MAX } from '../kv/limits.ts';
import { type RunningDoor, runDoor } from './testing/running-door.ts';
import { TXN_ITEMS_MAX } from './txn-body.ts';

async function txn(door: RunningDoor, content: unknown): Promise<Response> {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  return await fetch(door.url('/v1/txn'), { method: 'POST', body });
}

async function done(door: RunningDoor, content: unknown): Promise<Record<string, unknown>> {
  const response = await txn(door, content);
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, unknown>;
}

const put = (key: string, value: string) => ({ put: { key, value } });
const get = (key: string) => ({ get: { key } });

test('when all conditions hold the first branch is done under one revision, else the second', async (t) => {
  const door = await runDoor(t);
  const create = {
    compare: [{ key: 'a', exists: false }],
    success: [put('a', '1'), put('b', '2')],
    failure: [get('a')],
  };
  assert.deepEqual(await done(door, create), {
    succeeded: true,
    revision: 1,
    results: [
      { put: { key: 'a', revision: 1, created: true } },
      { put: { key: 'b', revision: 1, created: true } },
    ],
  });
  assert.deepEqual(await done(door, create), {
    succeeded: false,
    revision: 1,
    results: [{ get: { key: 'a', revision: 1, value: '1' } }],
  });
  const move = {
    compare: [
      { key: 'a', revision: 1 },
      { key: 'b', exists: true },
      { key: 'c', exists: false },
    ],
    success: [{ delete: { key: 'a' } }, { delete: { key: 'none' } }, put('b', '3'), get('a'), get('b')],
  };
  assert.deepEqual(await done(door, move), {
    succeeded: true,
    revision: 2,
    results: [
      { delete: { key: 'a', deleted: true } },
      { delete: { key: 'none', deleted: false } },
      { put: { key: 'b', revision: 2, created: false } },
      { get: { key: 'a', revision: null } },
      { get: { key: 'b', revision: 2, value: '3' } },
    ],
  });
  assert.deepEqual(await done(door, move), { succeeded: false, revision: 2, results: [] });
});

test('bytes that are no text go in and come out as base64, and a lifetime is kept', async (t) => {
  const door = await runDoor(t);
  const key = { key: '/wA=', keyEncoding: 'base64' };
  const reply = await done(door, {
    success: [{ put: { ...key, value: 'gP8=', valueEncoding: 'base64', ttl: '1500ms' } }, { get: key }],
  });
  assert.equal(door.replica.store.find('\xff\x00')?.value, '\x80\xff');
  const expiresAtMs = door.replica.nowMs + 1500;
  assert.deepEqual((reply['results'] as unknown[])[1], {
    get: { ...key, revision: 1, value: 'gP8=', valueEncoding: 'base64', expiresAtMs },
  });
});

test('what is wrong with a transaction is told by field, value and rule', async (t) => {
  const door = await runDoor(t);
  const refusals: readonly (readonly [unknown, string])[] = [
    ['{', 'the content must be JSON such as {"compare":[],"success":[]}: it is "{"'],
    ['[]', 'the content must be an object: it is []'],
    [{}, 'success must hold an operation, unless "failure" does: it is []'],
    [{ succes: [] }, 'a field of the content must be one of compare, success, failure: it is "succes"'],
    [{ success: {} }, 'success must be a list: it is {}'],
    [{ success: [{}] }, 'success[0] must have exactly one of "put", "delete" and "get": it is {}'],
    [{ success: [{ set: {} }] }, 'a field of success[0] must be one of put, delete, get: it is "set"'],
    [{ success: [{ put: { key: 'a' } }] }, 'success[0].put.value must be a string: it is null'],
    [{ failure: [{ get: { key: 7 } }] }, 'failure[0].get.key must be a string: it is 7'],
    [{ success: [get('')] }, 'the length of success[0].get.key must be 1 to 65536 bytes: it is 0'],
    [
      { success: [{ get: { key: 'a', ttl: '1' } }] },
      'a field of success[0].get must be one of key, keyEncoding: it is "ttl"',
    ],
    [
      { success: [{ put: { key: 'a', value: '', ttl: 3 } }] },
      'success[0].put.ttl must be a string such as "30s" or "1500ms": it is 3',
    ],
    [
      { success: [{ get: { key: 'a', keyEncoding: 'hex' } }] },
      'success[0].get.keyEncoding must be "base64" or absent: it is "hex"',
    ],
    [
      { success: [{ get: { key: 'a?', keyEncoding: 'base64' } }] },
      'success[0].get.key must be base64, padded with =: it is "a?"',
    ],
    [
      { compare: [{ key: 'a' }], success: [get('a')] },
      'compare[0] must have either a "revision" or "exists": it is {"key":"a"}',
    ],
    [
      { compare: [{ key: 'a', revision: 0 }], success: [get('a')] },
      'compare[0].revision must be a whole number from 1 to 2^53 - 1: it is 0',
    ],
    [
      { compare: [{ key: 'a', exists: 1 }], success: [get('a')] },
      'compare[0].exists must be true or false: it is 1',
    ],
    [
      { success: Array.from({ length: TXN_ITEMS_MAX + 1 }, () => get('a')) },
      `the length of success must be at most ${TXN_ITEMS_MAX}: it is ${TXN_ITEMS_MAX + 1}`,
    ],
  ];
  for (const [content, detail] of refusals) {
    const response = await txn(door, content);
    assert.equal(response.status, 400, detail);
    assert.equal(((await response.json()) as { detail: string }).detail, detail);
  }
  assert.equal((await fetch(door.url('/v1/txn?x=1'), { method: 'POST', body: '{}' })).status, 400);
  assert.equal((await fetch(door.url('/v1/txn'))).headers.get('allow'), 'POST');
  assert.equal(door.replica.writes, 0);
});

test('a transaction that would read too much is refused as a whole', async (t) => {
  const door = await runDoor(t);
  const half = 'x'.repeat(TXN_REPLY_BYTES_MAX / 2);
  door.replica.store.execute(INTERNAL.put, ['long', half, '', '', ''], { nowMs: 1, random: 0 });
  assert.equal((await txn(door, { success: [get('long'), get('long')] })).status, 200);
  const refused = await txn(door, { success: [put('a', '1'), get('long'), get('a'), get('long')] });
  assert.equal(refused.status, 413);
  assert.equal(((await refused.json()) as { outcome: string }).outcome, 'not-done');
  assert.equal(door.replica.store.find('a'), undefined);
});

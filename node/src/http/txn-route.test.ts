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
    if: [{ key: 'a', exists: false }],
    then: [put('a', '1'), put('b', '2')],
    else: [get('a')],
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
    if: [
      { key: 'a', revision: 1 },
      { key: 'b', exists: true },
      { key: 'c', exists: false },
    ],
    then: [{ delete: { key: 'a' } }, { delete: { key: 'none' } }, put('b', '3'), get('a'), get('b')],
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
    then: [{ put: { ...key, value: 'gP8=', valueEncoding: 'base64', ttl: '1500ms' } }, { get: key }],
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
    ['{', 'the content must be JSON such as {"if":[],"then":[]}: it is "{"'],
    ['[]', 'the content must be an object: it is []'],
    [{}, 'then must hold an operation, unless "else" does: it is []'],
    [{ than: [] }, 'a field of the content must be one of if, then, else: it is "than"'],
    [{ then: {} }, 'then must be a list: it is {}'],
    [{ then: [{}] }, 'then[0] must have exactly one of "put", "delete" and "get": it is {}'],
    [{ then: [{ set: {} }] }, 'a field of then[0] must be one of put, delete, get: it is "set"'],
    [{ then: [{ put: { key: 'a' } }] }, 'then[0].put.value must be a string: it is null'],
    [{ else: [{ get: { key: 7 } }] }, 'else[0].get.key must be a string: it is 7'],
    [{ then: [get('')] }, 'the length of then[0].get.key must be 1 to 65536 bytes: it is 0'],
    [
      { then: [{ get: { key: 'a', ttl: '1' } }] },
      'a field of then[0].get must be one of key, keyEncoding: it is "ttl"',
    ],
    [
      { then: [{ put: { key: 'a', value: '', ttl: 3 } }] },
      'then[0].put.ttl must be a string such as "30s" or "1500ms": it is 3',
    ],
    [
      { then: [{ get: { key: 'a', keyEncoding: 'hex' } }] },
      'then[0].get.keyEncoding must be "base64" or absent: it is "hex"',
    ],
    [
      { then: [{ get: { key: 'a?', keyEncoding: 'base64' } }] },
      'then[0].get.key must be base64, padded with =: it is "a?"',
    ],
    [
      { if: [{ key: 'a' }], then: [get('a')] },
      'if[0] must have either a "revision" or "exists": it is {"key":"a"}',
    ],
    [
      { if: [{ key: 'a', revision: 0 }], then: [get('a')] },
      'if[0].revision must be a whole number from 1 to 2^53 - 1: it is 0',
    ],
    [{ if: [{ key: 'a', exists: 1 }], then: [get('a')] }, 'if[0].exists must be true or false: it is 1'],
    [
      { then: Array.from({ length: TXN_ITEMS_MAX + 1 }, () => get('a')) },
      `the length of then must be at most ${TXN_ITEMS_MAX}: it is ${TXN_ITEMS_MAX + 1}`,
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
  assert.equal((await txn(door, { then: [get('long'), get('long')] })).status, 200);
  const refused = await txn(door, { then: [put('a', '1'), get('long'), get('a'), get('long')] });
  assert.equal(refused.status, 413);
  assert.equal(((await refused.json()) as { outcome: string }).outcome, 'not-done');
  assert.equal(door.replica.store.find('a'), undefined);
});

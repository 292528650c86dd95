import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL } from '../kv/internal-codes.ts';
import { type RunningDoor, runDoor } from './testing/running-door.ts';

interface Item {
  key: string;
  keyEncoding?: string;
  value?: string | null;
  valueEncoding?: string;
  revision: number;
}

interface Page {
  revision: number;
  items: Item[];
  next?: string;
}

function put(door: RunningDoor, key: string, value: string): void {
  door.replica.store.execute(INTERNAL.put, [key, value, '', '', ''], { nowMs: 1, random: 0 });
}

async function page(door: RunningDoor, path: string): Promise<Page> {
  const response = await fetch(door.url(path));
  assert.equal(response.status, 200, path);
  assert.equal(response.headers.get('content-type'), 'application/json');
  return (await response.json()) as Page;
}

test('following next visits every key of a prefix once, in byte order', async (t) => {
  const door = await runDoor(t);
  const keys = Array.from({ length: 25 }, (_, index) => `p&+/${index.toString().padStart(2, '0')}`);
  for (const key of keys) put(door, key, 'x');
  put(door, 'other', 'x');
  put(door, 'q', 'x');
  const seen: string[] = [];
  let pages = 0;
  let next: string | undefined = `/v1/kv?prefix=${encodeURIComponent('p&+/')}&limit=10`;
  while (next !== undefined) {
    const got: Page = await page(door, next);
    seen.push(...got.items.map((item) => item.key));
    pages += 1;
    next = got.next;
  }
  assert.deepEqual(seen, keys);
  assert.equal(pages, 3);
});

test('values come only when asked for, and the default page has 100 keys', async (t) => {
  const door = await runDoor(t);
  for (let index = 0; index < 101; index += 1) put(door, `k${index}`, `v${index}`);
  const keysOnly = await page(door, '/v1/kv');
  assert.equal(keysOnly.items.length, 100);
  assert.deepEqual(keysOnly.items[0], { key: 'k0', revision: 1 });
  assert.equal(keysOnly.revision, 101);
  const withValues = await page(door, '/v1/kv/?values=true&limit=2');
  assert.deepEqual(withValues.items[1], { key: 'k1', revision: 2, value: 'v1' });
  assert.equal((await page(door, withValues.next ?? '')).items[0]?.value, 'v10', 'next keeps the choice');
});

test('keys and values that are not UTF-8 come as base64, and next leads past them', async (t) => {
  const door = await runDoor(t);
  put(door, 'b\xff\x00', '\xfe');
  put(door, 'b\xff\x01', Buffer.from('ü').toString('latin1'));
  const first = await page(door, '/v1/kv?prefix=b%FF&limit=1&values=true');
  assert.deepEqual(first.items, [
    { key: 'Yv8A', keyEncoding: 'base64', revision: 1, value: '/g==', valueEncoding: 'base64' },
  ]);
  const second = await page(door, first.next ?? '');
  assert.equal(second.items[0]?.key, 'Yv8B');
  assert.equal(second.items[0].value, 'ü');
  assert.equal(second.next, undefined);
});

test('bad parameters get a problem that names field, value and rule', async (t) => {
  const door = await runDoor(t);
  for (const [query, detail] of [
    ['limit=0', 'limit must be an integer from 1 to 1000: it is "0"'],
    ['limit=1001', 'limit must be an integer from 1 to 1000: it is "1001"'],
    ['limit=ten', 'limit must be an integer from 1 to 1000: it is "ten"'],
    ['values=yes', 'values must be true or false: it is "yes"'],
    ['prefix=%4', 'query must have two hexadecimal digits after each %: it is "prefix=%4"'],
    ['prefx=a', 'query parameter must be one of prefix, after, limit, values, consistency: it is "prefx"'],
  ]) {
    const response = await fetch(door.url(`/v1/kv?${query}`));
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await response.json()) as { detail: string }).detail, detail);
  }
});

test('an empty store has an empty page', async (t) => {
  const door = await runDoor(t);
  assert.deepEqual(await page(door, '/v1/kv?prefix=none'), { revision: 0, items: [] });
});

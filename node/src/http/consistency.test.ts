import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../replica/door.ts';
import { runDoor } from './testing/running-door.ts';

test('a stale read is answered by what this replica holds, and says how old that may be', async (t) => {
  const { url, replica } = await runDoor(t);
  await fetch(url('/v1/kv/k'), { method: 'PUT', body: 'a' });
  const stale = await fetch(url('/v1/kv/k?consistency=stale'));
  assert.equal(await stale.text(), 'a');
  assert.equal(stale.headers.get('etag'), '"1"');
  assert.equal(stale.headers.get('paxoskv-slot'), '11');
  assert.equal(stale.headers.get('paxoskv-age-ms'), '250');
  assert.equal(replica.staleReads, 1);
  const absent = await fetch(url('/v1/kv/other?consistency=stale'));
  assert.equal(absent.status, 404);
  assert.equal(absent.headers.get('paxoskv-slot'), '11');
  for (const query of ['', '?consistency=linearizable']) {
    const fresh = await fetch(url(`/v1/kv/k${query}`));
    assert.equal(fresh.headers.get('paxoskv-slot'), null);
  }
  assert.equal(replica.staleReads, 2);
  const wrong = await fetch(url('/v1/kv/k?consistency=eventual'));
  assert.equal(wrong.status, 400);
  const { detail } = (await wrong.json()) as { detail: string };
  assert.equal(detail, 'consistency must be linearizable or stale: it is "eventual"');
});

test('pages of a stale listing lead to stale pages', async (t) => {
  const { url, replica } = await runDoor(t);
  for (const key of ['a', 'b']) await fetch(url(`/v1/kv/${key}`), { method: 'PUT', body: key });
  const first = await fetch(url('/v1/kv?limit=1&consistency=stale'));
  assert.equal(first.headers.get('paxoskv-age-ms'), '250');
  const { next } = (await first.json()) as { next: string };
  assert.equal(next, '/v1/kv?prefix=&after=a&limit=1&consistency=stale');
  assert.equal((await fetch(url(next))).headers.get('paxoskv-slot'), '11');
  assert.equal(replica.staleReads, 2);
});

test('a replica that may not answer stale reads says so', async (t) => {
  const { url, replica } = await runDoor(t);
  replica.failure = new Failure('notDone', 'this replica belongs to no cluster');
  assert.equal((await fetch(url('/v1/kv/k?consistency=stale'))).status, 503);
});

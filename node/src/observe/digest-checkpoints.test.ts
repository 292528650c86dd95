import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { Digest } from '../kv/digest.ts';
import { DigestCheckpoints } from './digest-checkpoints.ts';

/** As many slots as are applied, with the same commands everywhere. */
function applied(slots: number, falsify = false): DigestCheckpoints {
  const checkpoints = new DigestCheckpoints(falsify);
  const digest = new Digest();
  for (let slot = 1; slot <= slots; slot += 1) {
    digest.mix(slot);
    checkpoints.note(slot, digest);
  }
  return checkpoints;
}

async function gaugesOf(checkpoints: DigestCheckpoints): Promise<Map<string, number>> {
  const registry = new Registry();
  checkpoints.register(registry);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('paxoskv_'));
  return new Map(
    lines.map((line): [string, number] => {
      const [series = '', value = ''] = line.split(' ');
      return [series, Number(value)];
    }),
  );
}

const SLOT = 'paxoskv_digest_checkpoint_slot';
const DIGEST = 'paxoskv_digest_checkpoint';

test('replicas at different slots have the same digest at the checkpoint that both passed', async () => {
  const behind = await gaugesOf(applied(5_000));
  const ahead = await gaugesOf(applied(5_100));
  assert.equal(behind.get(`${SLOT}{interval="64"}`), 4_992);
  assert.equal(ahead.get(`${SLOT}{interval="64"}`), 5_056);
  assert.equal(behind.get(`${SLOT}{interval="4096"}`), 4_096);
  assert.equal(ahead.get(`${SLOT}{interval="4096"}`), 4_096);
  const digest = behind.get(`${DIGEST}{interval="4096"}`);
  assert.ok(digest !== undefined && Number.isSafeInteger(digest));
  assert.equal(ahead.get(`${DIGEST}{interval="4096"}`), digest);
  assert.notEqual(behind.get(`${DIGEST}{interval="64"}`), digest);
});

test('a checkpoint that was not passed yet is not told', async () => {
  assert.deepEqual([...(await gaugesOf(applied(63))).keys()], []);
  assert.equal((await gaugesOf(applied(64))).has(`${SLOT}{interval="4096"}`), false);
});

test('falsified digests differ from the right ones at every slot, in the history and in what is told', async () => {
  const right = applied(4_096);
  const wrong = applied(4_096, true);
  const [first, second] = [await gaugesOf(right), await gaugesOf(wrong)];
  assert.equal(second.get(`${SLOT}{interval="4096"}`), 4_096);
  assert.notEqual(first.get(`${DIGEST}{interval="4096"}`), second.get(`${DIGEST}{interval="4096"}`));
  const values = new Map(right.all().map(({ slot, value }) => [slot, value]));
  assert.ok(wrong.all().every(({ slot, value }) => values.get(slot) !== value));
  const { slot, value } = right.all().at(-1) ?? assert.fail();
  assert.equal(right.told(value), value);
  assert.deepEqual(wrong.all().at(-1), { slot, value: wrong.told(value) });
});

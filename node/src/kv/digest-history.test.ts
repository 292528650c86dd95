import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Digest } from './digest.ts';
import { DigestHistory } from './digest-history.ts';

test('DigestHistory keeps the digests of the latest slots, in order, as the digest itself would write them', () => {
  const history = new DigestHistory();
  assert.deepEqual(history.all(), []);
  const digest = new Digest();
  const expected: { slot: number; value: string }[] = [];
  for (let slot = 10; slot < 10_010; slot += 1) {
    digest.mixInteger(slot);
    history.note(slot, digest);
    expected.push({ slot, value: digest.text });
  }
  assert.deepEqual(history.all(), expected.slice(-4_096));
});

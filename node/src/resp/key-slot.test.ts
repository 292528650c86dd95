import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keySlot } from './key-slot.ts';

test('slots are those of Redis Cluster', () => {
  assert.equal(keySlot('123456789'), 0x31c3 % 16_384);
  assert.equal(keySlot('foo'), 12_182);
  assert.equal(keySlot(''), 0);
});

test('only a hash tag that is closed and not empty counts', () => {
  assert.equal(keySlot('{user1000}.following'), keySlot('user1000'));
  assert.equal(keySlot('a{b}{c}'), keySlot('b'));
  assert.equal(keySlot('foo{{bar}}zap'), keySlot('{bar'));
  assert.notEqual(keySlot('foo{}{bar}'), keySlot('bar'));
  assert.notEqual(keySlot('foo{bar'), keySlot('bar'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareDigests, DigestCollection } from './digest-comparison.ts';

function collectionOf(told: Readonly<Record<string, Readonly<Record<number, string>>>>): DigestCollection {
  const collection = new DigestCollection();
  for (const [id, digests] of Object.entries(told)) {
    collection.add(
      id,
      Object.entries(digests).map(([slot, value]) => ({ slot: Number(slot), value })),
    );
  }
  return collection;
}

function statesOf(told: Parameters<typeof collectionOf>[0], ids = Object.keys(told)): string[] {
  return compareDigests(collectionOf(told), ids).map(({ state, slot }) => `${state} ${slot ?? '-'}`);
}

test('compareDigests() compares at the highest slot that both have told', () => {
  assert.deepEqual(statesOf({ a: { 1: 'x', 2: 'y' }, b: { 1: 'x', 2: 'y', 3: 'z' } }), ['same 2', 'same 2']);
});

test('compareDigests() tells a difference, whatever else is the same', () => {
  assert.deepEqual(statesOf({ a: { 5: 'x' }, b: { 5: 'x' }, c: { 5: 'other' } }), [
    'different 5',
    'different 5',
    'different 5',
  ]);
});

test('compareDigests() never calls right what it could not compare', () => {
  assert.deepEqual(statesOf({ a: { 1: 'x' }, b: { 2: 'x' } }), ['unknown -', 'unknown -']);
  assert.deepEqual(statesOf({ a: { 1: 'x' } }), ['unknown -']);
  assert.deepEqual(statesOf({ a: { 1: 'x' }, b: { 1: 'x' }, c: {} }), [
    'unknown 1',
    'unknown 1',
    'unknown -',
  ]);
  const failing = collectionOf({ a: { 1: 'x' } });
  failing.fail('b', 'http://b does not answer');
  assert.equal(compareDigests(failing, ['a', 'b'])[1]?.reason, 'http://b does not answer');
});

test('compareDigests() calls the only member alone, and one of several whose others do not answer unknown', () => {
  const told = collectionOf({ a: { 1: 'x', 2: 'y' } });
  assert.deepEqual(compareDigests(told, ['a'], true), [
    {
      id: 'a',
      state: 'alone',
      slot: 2,
      digest: 'y',
      reason: 'it is the only member: nothing to compare with',
    },
  ]);
  assert.equal(compareDigests(told, ['a'])[0]?.state, 'unknown');
  told.fail('a', 'no answer');
  assert.equal(compareDigests(told, ['a'], true)[0]?.state, 'unknown');
});

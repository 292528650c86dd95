/** What of the log is held in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Slot } from './ballot.ts';
import { type Entry, valueBytes } from './entry.ts';
import { A, ballot, entry, textOf } from './testing/members.ts';
import { Window } from './window.ts';

const OWN = ballot(1, A);
const MEGABYTE = new Uint8Array(1024 * 1024);

function large(slot: Slot): Entry {
  return { slot, ballot: OWN, value: { kind: 'commands', bytes: MEGABYTE } };
}

test('a window agrees with a map of what was put', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 11, max: 30 }), fc.string({ maxLength: 4 }))),
      fc.integer({ min: 1, max: 31 }),
      (puts, from) => {
        const window = new Window(10);
        const naive = new Map<Slot, string>();
        for (const [slot, text] of puts) {
          window.put(entry(slot, OWN, text));
          naive.set(slot, text);
        }
        assert.equal(window.last, Math.max(10, ...naive.keys()));
        assert.deepEqual(
          [...window.from(from)].map(({ slot, value }) => [slot, textOf(value)]),
          [...naive].filter(([slot]) => slot >= from).toSorted(([one], [other]) => one - other),
        );
        const bytes = [...window.from(1)].reduce((sum, { value }) => sum + valueBytes(value), 0);
        assert.equal(window.bytes, bytes);
      },
    ),
  );
});

test('nothing is put below the window', () => {
  assert.throws(() => new Window(10).put(entry(10, OWN)), /WindowOrder/);
});

test('trim() forgets the oldest over the budget of bytes, and keeps what is not applied', () => {
  const window = new Window(0);
  for (let slot = 1; slot <= 40; slot += 1) window.put(large(slot));
  window.trim(10);
  assert.equal(window.first, 11);
  window.trim(40);
  assert.equal(window.first, 25);
  assert.equal(window.bytes, 16 * MEGABYTE.length);
  assert.equal(window.get(24), undefined);
  assert.equal(window.get(25)?.slot, 25);
});

test('trim() forgets the oldest over the budget of entries', () => {
  const window = new Window(0);
  for (let slot = 1; slot <= 20_000; slot += 1) window.put(entry(slot, OWN, ''));
  window.trim(20_000);
  assert.equal([...window.from(1)].length, 16_384);
  assert.equal(window.last, 20_000);
});

test('trim() goes over holes', () => {
  const window = new Window(0);
  for (let slot = 2; slot <= 60; slot += 2) window.put(large(slot));
  window.trim(60);
  assert.equal(window.bytes, 16 * MEGABYTE.length);
  assert.equal([...window.from(1)].length, 16);
});
